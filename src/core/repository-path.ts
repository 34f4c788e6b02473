/** Whether a text is a path inside a repository: relative, with forward slashes, never upwards, not Git's own folder. */
export function isRepositoryPath(text: string): boolean {
  const parts = text.split("/");
  return (
    parts.every((part) => part !== "" && part !== "." && part !== "..") &&
    !/[\p{Cc}\\]/u.test(text) &&
    parts[0]?.toLowerCase() !== ".git"
  );
}
