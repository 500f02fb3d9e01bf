// What Max gives to scripts, as far as the device uses it.

declare class LiveAPI {
  constructor(path: string);
  constructor(callback: (values: any[]) => void, path: string);
  id: string | number;
  readonly type: string;
  readonly info: string;
  property: string;
  get(name: string): any;
  getcount(name: string): number;
  set(name: string, value: any): void;
  call(name: string, ...values: any[]): any;
}

declare class Task {
  constructor(callback: () => void);
  schedule(ms: number): void;
  cancel(): void;
}

declare function outlet(index: number, atoms: (string | number)[]): void;
declare function post(...words: any[]): void;
