export function paint() {}
