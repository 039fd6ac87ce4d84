package formtest

import (
	"slices"

	"raksa/screening/form"
)

// Next returns the file of vif/2, which somebody made of the built-in form:
//
//	idn_children          left out
//	idn_father            is idn_parent now
//	marital: divorced     left out; widowed is bereaved now
//	cls_shoes             new, on the last page of both forms
//	tri_distress          stands further up
//	tri_medical_urgent    reworded; idn_marital is required
func Next() []byte { return next().Write() }

// AfterNext returns the file of vif/3, made of vif/2: idn_mother is left out.
func AfterNext() []byte {
	s := next()
	s.Version = "vif/3"
	leaveOut(s, "idn_mother")
	return s.Write()
}

func next() *form.Source {
	s, err := form.ParseSource(form.BuiltinSource())
	if err != nil {
		panic(err)
	}
	s.Version = "vif/2"
	item(s, "tri_medical_urgent").EN = "Needs a doctor right now"
	item(s, "idn_marital").Required = true
	s.Choices["marital"] = slices.DeleteFunc(s.Choices["marital"], func(c form.Choice) bool { return c.Code == "divorced" })
	widowed := &s.Choices["marital"][slices.IndexFunc(s.Choices["marital"], func(c form.Choice) bool { return c.Code == "widowed" })]
	widowed.Code, widowed.Was = "bereaved", []string{"widowed"}
	leaveOut(s, "idn_children")
	item(s, "idn_father").Was = []string{"idn_father"}
	item(s, "idn_father").ID = "idn_parent"
	distress := *item(s, "tri_distress")
	s.Items = slices.DeleteFunc(s.Items, func(i form.SourceItem) bool { return i.ID == "tri_distress" })
	s.Items = slices.Insert(s.Items, 1, distress)
	s.Items = append(s.Items, form.SourceItem{
		ID: "cls_shoes", Section: "cls", EN: "Has shoes for the way", KM: "មានស្បែកជើងសម្រាប់ធ្វើដំណើរ", Type: "single:yn", Form: "both",
		How: form.Observe, Class: "indicator", Contested: form.AskBoth, Source: "D",
	})
	onPages(s, func(items []string) []string {
		for n, id := range items {
			switch id {
			case "idn_father":
				items[n] = "idn_parent"
			case "cls_note":
				items = append(items, "cls_shoes")
			}
		}
		return items
	})
	return s
}

func item(s *form.Source, id string) *form.SourceItem {
	return &s.Items[slices.IndexFunc(s.Items, func(i form.SourceItem) bool { return i.ID == id })]
}

func leaveOut(s *form.Source, id string) {
	s.Items = slices.DeleteFunc(s.Items, func(i form.SourceItem) bool { return i.ID == id })
	onPages(s, func(items []string) []string {
		return slices.DeleteFunc(items, func(one string) bool { return one == id })
	})
}

func onPages(s *form.Source, change func([]string) []string) {
	for kind := range s.Pages {
		for n := range s.Pages[kind] {
			s.Pages[kind][n].Items = change(s.Pages[kind][n].Items)
		}
	}
}
