let given: string | null = null;

/** The code or password just typed at the login, so that a person who must change it need not type it twice. Memory only. */
export const firstLogin = {
  remember(password: string): void {
    given = password;
  },
  recall: (): string | null => given,
  forget(): void {
    given = null;
  },
};
