/**
 * The text as it is compared: Unicode NFKC, full case folding, no outer white space. `STRASSE` and `Straße`, full-width and usual
 * letters, a final and an inner sigma become one. The result means something only beside another result.
 */
export function foldText(text: string): string {
  return Array.from(text.normalize("NFKD"), foldCharacter).join("").normalize("NFKC").trim();
}

// Upper case and then lower case makes texts equal that fold to the same, such as ß, ẞ and ss. Only the dotless ı folds to itself
// although its capital is I.
function foldCharacter(character: string): string {
  return character === "ı" ? character : character.toLowerCase().toUpperCase().toLowerCase();
}
