/**
 * The form in which texts are compared: Unicode NFKC, full case folding, no outer white space. Then `STRASSE` equals `Straße`, full-width
 * letters equal usual ones, and a final sigma equals an inner one. Compare the result only with other results.
 */
export function foldText(text: string): string {
  return Array.from(text.normalize("NFKD"), foldCharacter).join("").normalize("NFKC").trim();
}

// Upper case and then lower case makes texts equal that fold to the same, such as ß, ẞ and ss. Only the dotless ı folds to itself
// although its capital is I.
function foldCharacter(character: string): string {
  return character === "ı" ? character : character.toLowerCase().toUpperCase().toLowerCase();
}
