package web

import "html/template"

// icons are drawn for this project on a grid of 24, in strokes of the text's
// own colour. Every icon stands beside its word, so it is hidden from readers.
var icons = map[string]string{
	"leaf":    `<path d="M5 19c0-8 5-13 14-14 0 9-5 14-13 14"/><path d="M5 19c3-5 6-7 9-9"/>`,
	"tablet":  `<rect x="6" y="3" width="12" height="18" rx="2"/><path d="M11 18h2"/>`,
	"center":  `<path d="M3 11l9-7 9 7"/><path d="M6 9v11h12V9"/>`,
	"office":  `<rect x="5" y="3" width="14" height="18"/><path d="M9 7h2M13 7h2M9 11h2M13 11h2M9 15h2M13 15h2"/>`,
	"differs": `<path d="M4 9h16M4 15h16M16 5L8 19"/>`,
	"hand":    `<circle cx="12" cy="12" r="9"/><path d="M12 7v6M12 16.5v.5"/>`,
	"lock":    `<rect x="5" y="11" width="14" height="9" rx="1.5"/><path d="M8 11V8a4 4 0 0 1 8 0v3"/>`,
	"eye":     `<path d="M2 12c3-5 6-7 10-7s7 2 10 7c-3 5-6 7-10 7s-7-2-10-7z"/><circle cx="12" cy="12" r="3"/>`,
	"veil":    `<path d="M3 3l18 18"/><path d="M10 5.2A9 9 0 0 1 12 5c4 0 7 2 10 7a20 20 0 0 1-3 3.700M6 7c-1.500 1.200-2.800 2.900-4 5 3 5 6 7 10 7 1.700 0 3.300-.4 4.700-1.200"/>`,
	"ear":     `<path d="M7 10a5 5 0 0 1 10 0c0 4-4 4-4 8a3 3 0 0 1-5 1"/><path d="M10 10a2 2 0 0 1 4 0"/>`,
	"pen":     `<path d="M4 20l1-5L16 4l4 4L9 19z"/>`,
	"check":   `<path d="M4 12.500l5 5L20 6.500"/>`,
	"dot":     `<circle cx="12" cy="12" r="7" fill="currentColor"/>`,
	"ring":    `<circle cx="12" cy="12" r="7"/>`,
	"half":    `<circle cx="12" cy="12" r="7"/><path d="M12 5a7 7 0 0 1 0 14z" fill="currentColor"/>`,
	"dash":    `<path d="M6 12h12"/>`,
	"child":   `<circle cx="12" cy="7" r="3.500"/><path d="M7 21v-4a5 5 0 0 1 10 0v4"/>`,
	"person":  `<circle cx="12" cy="8" r="4"/><path d="M4 21c0-5 3.500-8 8-8s8 3 8 8"/>`,
	"warn":    `<path d="M12 3l10 18H2z"/><path d="M12 10v5M12 17.500v.5"/>`,
	"info":    `<circle cx="12" cy="12" r="9"/><path d="M12 11v6M12 7v.5"/>`,
	"right":   `<path d="M9 5l7 7-7 7"/>`,
	"left":    `<path d="M15 5l-7 7 7 7"/>`,
	"plus":    `<path d="M12 5v14M5 12h14"/>`,
	"list":    `<path d="M8 6h13M8 12h13M8 18h13M3.500 6h.5M3.500 12h.5M3.500 18h.5"/>`,
	"inbox":   `<path d="M4 5h16v14H4z"/><path d="M4 13h5l1 3h4l1-3h5"/>`,
	"globe":   `<circle cx="12" cy="12" r="9"/><path d="M3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18"/>`,
	"clock":   `<circle cx="12" cy="12" r="9"/><path d="M12 7v5l3 3"/>`,
	"search":  `<circle cx="11" cy="11" r="6.500"/><path d="M16 16l5 5"/>`,
	"send":    `<path d="M3 11L21 3l-8 18-2-8z"/>`,
	"stop":    `<path d="M8 3h8l5 5v8l-5 5H8l-5-5V8z"/><path d="M8 12h8"/>`,
	"undo":    `<path d="M9 8H4V3"/><path d="M4.500 8a9 9 0 1 1-1 7"/>`,
	"trash":   `<path d="M4 7h16M9 7V4h6v3M6 7l1 14h10l1-14M10 11v6M14 11v6"/>`,
	"file":    `<path d="M6 3h8l4 4v14H6z"/><path d="M14 3v4h4M9 12h6M9 16h6"/>`,
	"pause":   `<path d="M9 5v14M15 5v14"/>`,
	"pin":     `<path d="M12 21c-5-6-7-9-7-12a7 7 0 0 1 14 0c0 3-2 6-7 12z"/><circle cx="12" cy="9" r="2.500"/>`,
	"pairs":   `<circle cx="8.500" cy="12" r="5.500"/><circle cx="15.500" cy="12" r="5.500"/>`,
	"bars":    `<path d="M4 20h16M7 20v-7M12 20V6M17 20v-10"/>`,
}

// icon returns the drawing, or nothing for a name without one: the word
// beside it still says all.
func icon(name string) template.HTML {
	body, ok := icons[name]
	if !ok {
		return ""
	}
	// The text is a constant of this file; no data can reach it.
	return template.HTML(`<svg class="i" viewBox="0 0 24 24" aria-hidden="true" focusable="false">` + body + `</svg>`)
}
