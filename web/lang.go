package web

import (
	"embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Lang is a language of the pages.
type Lang string

// The two languages. Khmer is the first and the fallback.
const (
	Khmer   Lang = "km"
	English Lang = "en"
)

// ParseLang reads a language code; anything unknown is Khmer.
func ParseLang(code string) Lang {
	if Lang(code) == English {
		return English
	}
	return Khmer
}

// Other is the language that one tap leads to.
func (l Lang) Other() Lang {
	if l == Khmer {
		return English
	}
	return Khmer
}

//go:embed words/km.json words/en.json
var wordFiles embed.FS

// words holds the whole table: language, then key, then sentence. It is read
// once; a broken file stops the program at start.
var words = map[Lang]map[string]string{
	Khmer:   mustReadWords("words/km.json"),
	English: mustReadWords("words/en.json"),
}

func mustReadWords(file string) map[string]string {
	raw, err := wordFiles.ReadFile(file)
	if err != nil {
		panic(fmt.Sprintf("web: %s: %v", file, err))
	}
	table := map[string]string{}
	if err := json.Unmarshal(raw, &table); err != nil {
		panic(fmt.Sprintf("web: %s: %v", file, err))
	}
	return table
}

// Word returns the sentence for key in language l, with {1}, {2} … replaced
// by args. A key that nobody wrote comes back as itself, in brackets: visible,
// and not a crash in front of an officer. A test keeps that from happening.
func Word(l Lang, key string, args ...any) string {
	text, ok := words[l][key]
	if !ok {
		return "[" + key + "]"
	}
	for i, arg := range args {
		text = strings.ReplaceAll(text, "{"+strconv.Itoa(i+1)+"}", fmt.Sprint(arg))
	}
	return text
}

// CodeWord returns the words for a code of a family, such as ("where",
// "tablet"). A code outside the family is shown as it is: a newer office may
// send codes that this program has not learned.
func CodeWord(l Lang, family, code string) string {
	if text, ok := words[l][family+"."+code]; ok {
		return text
	}
	return code
}
