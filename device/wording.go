package device

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"raksa/screening"
	"raksa/screening/form"
	"raksa/screening/gazetteer"
	"raksa/web"
)

// kindNamed says how a question is answered on a page.
func kindNamed(item *form.Item) string {
	switch item.Kind {
	case screening.KindCode:
		return web.KindSingle
	case screening.KindSet:
		return web.KindMulti
	case screening.KindInt:
		return web.KindInt
	case screening.KindDecimal:
		return web.KindDecimal
	case screening.KindDate:
		return web.KindDate
	case screening.KindMoney:
		return web.KindMoney
	case screening.KindPlace:
		return web.KindPlace
	case screening.KindText:
		if slices.ContainsFunc(longTexts, func(end string) bool { return strings.HasSuffix(item.ID, end) }) {
			return web.KindLong
		}
		return web.KindText
	}
	return web.KindShown
}

// longTexts are the endings of items in which people tell more than a line.
var longTexts = []string{"_story", "_note", "_details", "_grounds", "_scenarios", "_tried_leave", "_why_differs"}

// typed is the text of a value as the page's script writes it (see web).
func typed(value screening.Value) string {
	switch value := value.(type) {
	case screening.Set:
		return strings.Join(value.Codes(), ",")
	case screening.Money:
		return strings.TrimSpace(value.Amount() + " " + value.Currency + " " + value.Period)
	case screening.PartialDate:
		return typedDate(value)
	case screening.Place:
		if value.Code != "" {
			return value.Country + value.Code
		}
		return "=" + value.Said
	}
	return value.Canonical()
}

// words is an answer as a person reads it.
func (a *asking) words(item *form.Item, value screening.Value) string {
	return wordsOf(a.seen.Form, a.lang, item, value)
}

func wordsOf(def *form.Definition, lang web.Lang, item *form.Item, value screening.Value) string {
	chosen := func(code string) string {
		if choice, known := def.Choice(item.List, code); known {
			return label(lang, choice.EN, choice.KM)
		}
		return code
	}
	switch value := value.(type) {
	case screening.Code:
		return chosen(string(value))
	case screening.Set:
		var labels []string
		for _, code := range value.Codes() {
			labels = append(labels, chosen(code))
		}
		return strings.Join(labels, ", ")
	case screening.Money:
		text := value.Amount() + " " + value.Currency
		if choice, known := def.Choice("payper", value.Period); known {
			text += " / " + label(lang, choice.EN, choice.KM)
		}
		return text
	case screening.Place:
		return placeWords(lang, value)
	case screening.PartialDate:
		return dateWords(lang, value)
	case screening.DateTime:
		return fmt.Sprintf("%s %02d:%02d", value.Date.Canonical(), value.Hour, value.Minute)
	}
	return typed(value)
}

// typedDate is a date as its inputs hold it. A year of the Buddhist era stays
// as it stood on the paper, so that saving the page again loses nothing of it.
func typedDate(date screening.PartialDate) string {
	text, _, era := strings.Cut(date.Canonical(), "|")
	if !era {
		return text
	}
	_, rest, _ := strings.Cut(text, strconv.Itoa(date.Year))
	return strconv.Itoa(date.EraYear) + rest
}

// dateWords is a date with the year of the Buddhist era beside it, if it was
// said so.
func dateWords(lang web.Lang, date screening.PartialDate) string {
	text, _, era := strings.Cut(date.Canonical(), "|")
	if !era {
		return text
	}
	return text + " (" + label(lang, "BE", "ព.ស.") + " " + strconv.Itoa(date.EraYear) + ")"
}

// placeWords names a place with what stands above it; an old code keeps what was said.
func placeWords(lang web.Lang, place screening.Place) string {
	var names []string
	for _, step := range slices.Backward(gazetteerOf(place.Country).Way(place.Code)) {
		names = append(names, label(lang, step.Latin, step.Local))
	}
	if len(names) == 0 {
		return place.Said
	}
	return strings.Join(names, ", ")
}

func gazetteerOf(country string) *gazetteer.Gazetteer {
	if country == "TH" {
		return gazetteer.Thailand()
	}
	return gazetteer.Cambodia()
}

func warning(code form.ProblemCode) string {
	switch code {
	case form.WrongKind, form.NotOnList, form.NotTogether, form.NotAllowed, form.NoPhoneNumber:
		return "shape"
	case form.OutOfRange, form.TooEarly:
		return "range"
	case form.InTheFuture:
		return "future"
	}
	return "constraint"
}
