/**
 * The text as it is compared: Unicode NFKC, full case folding, no outer white space. `STRASSE` and `Straße`, full-width and usual
 * letters, a final and an inner sigma become one. The result means something only beside another result.
 */
export function foldText(text: string): string {
  return Array.from(text.normalize("NFKD"), foldCharacter).join("").normalize("NFKC").trim();
}

// Up and down again unites all that fold to one, such as ß, ẞ and ss. The dotless ı alone folds to itself, and yet has the capital I.
function foldCharacter(character: string): string {
  return character === "ı" ? character : character.toLowerCase().toUpperCase().toLowerCase();
}
