package device

import (
	"net/http"
	"strings"

	"raksa/screening"
	"raksa/web"
)

// places answers the look-up of a place by two letters in either script.
func (p *pages) places(w http.ResponseWriter, r *http.Request) {
	v := &visit{pages: p, device: p.device, r: r, ctx: r.Context()}
	err := v.read()
	if err == nil {
		_, err = p.device.uncovered()
	}
	if err != nil {
		v.render(w, v.instead(err), err)
		return
	}
	view := web.Places{Item: v.text("item"), Query: v.text("q")}
	for _, country := range map[string][]string{"kh": {"KH"}, "th": {"TH"}}[v.text("set")] {
		view.Results = append(view.Results, lookUp(v.lang(), country, view.Query)...)
	}
	if v.text("set") == "any" {
		view.Results = append(lookUp(v.lang(), "KH", view.Query), lookUp(v.lang(), "TH", view.Query)...)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if web.RenderPlaces(w, v.lang(), view) != nil {
		p.device.Log.Error().Str("code", "render").Msg("a page did not render")
	}
}

const placesMax = 8

func lookUp(lang web.Lang, country, query string) []web.Place {
	gaz := gazetteerOf(country)
	var found []web.Place
	for _, place := range gaz.Search(query, "", placesMax) {
		var above []string
		for _, step := range gaz.Way(place.Code) {
			if step.Code != place.Code {
				above = append([]string{label(lang, step.Latin, step.Local)}, above...)
			}
		}
		found = append(found, web.Place{
			Code: country + place.Code, Name: web.Name{Khmer: place.Local, Latin: place.Latin}, Above: strings.Join(above, ", "),
		})
	}
	return found
}

// parsePlace reads "KH010203", a code that was picked, or "=words as said".
func parsePlace(text string) (screening.Answer, bool) {
	if said, free := strings.CutPrefix(text, "="); free {
		said = screening.TextOf(said).Canonical()
		return screening.Of(screening.Place{Said: said}), said != ""
	}
	if len(text) < 4 {
		return screening.Answer{}, false
	}
	country, code := text[:2], text[2:]
	gaz := gazetteerOf(country)
	place, known := gaz.Place(code)
	if country != gaz.Country || !known {
		return screening.Answer{}, false
	}
	return screening.Of(screening.Place{Country: country, Code: place.Code, Edition: gaz.Edition, Said: place.Local}), true
}
