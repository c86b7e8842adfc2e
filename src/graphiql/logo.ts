const drawing = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<path d="M5 4h15a3 3 0 0 1 3 3v8a3 3 0 0 1-3 3h-8l-5 4v-4H5a3 3 0 0 1-3-3V7a3 3 0 0 1 3-3z" fill="#6d4aff"/>
<path d="M25.5 11H27a3 3 0 0 1 3 3v8a3 3 0 0 1-3 3h-2v4l-5-4h-7a3 3 0 0 1-2.8-2L13 20.5h7.500a5 5 0 0 0 5-5z" fill="#ff8a5c"/>
</svg>`;

/** Two speech balloons, as markup. */
export const logo = drawing.replace("<svg ", '<svg width="28" height="28" ');

/** The same, as a data URL. */
export const favicon = `data:image/svg+xml;base64,${Buffer.from(drawing).toString("base64")}`;
