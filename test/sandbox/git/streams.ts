import { Writable } from "node:stream";

/** Swallows what it is given. */
export function discard(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}

/** Passes on half of the first chunk, then cuts the connection behind `target`. */
export function halfOf(target: Writable): Writable {
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      if (target.destroyed) return done();
      target.write(chunk.subarray(0, Math.ceil(chunk.length / 2)), () => {
        target.destroy();
        done();
      });
    },
  });
}
