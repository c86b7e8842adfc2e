declare global {
  namespace Grafast {
    interface Context {
      workspace: string;
    }
  }
}

export {};
