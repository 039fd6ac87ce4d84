package screening

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Text is what was said or read, in Khmer, Latin or Thai script. Its canonical
// form is Unicode NFC without blanks at the ends and without control
// characters other than line ends.
type Text struct{ text string }

// TextOf makes a Text; it repairs what ParseText would refuse.
func TextOf(s string) Text { return Text{cleanText(strings.ToValidUTF8(s, "\uFFFD"))} }

// ParseText brings a text into canonical form.
func ParseText(s string) (Value, error) {
	if !utf8.ValidString(s) {
		return nil, &ValueError{KindText, "not UTF-8"}
	}
	t := Text{cleanText(s)}
	if t.text == "" {
		return nil, &ValueError{KindText, "an empty text is not an answer"}
	}
	return t, nil
}

// Kind is KindText.
func (t Text) Kind() Kind { return KindText }

// Canonical returns the text in NFC, trimmed.
func (t Text) Canonical() string { return t.text }

// cleanText keeps zero-width spaces inside a text: Khmer uses them between
// words. At the ends they are blanks like others.
func cleanText(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	return strings.Trim(norm.NFC.String(s), " \n\t\u00a0\u200b\ufeff")
}
