package form

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"raksa/screening"
)

// plainSource is the built-in form without conditions and constraints, so that
// any question of it can be left out or renamed.
func plainSource(t testing.TB) *Source {
	t.Helper()
	s, err := ParseSource(BuiltinSource())
	if err != nil {
		t.Fatal(err)
	}
	for i := range s.Sections {
		s.Sections[i].Relevant = ""
	}
	for i := range s.Items {
		s.Items[i].Relevant, s.Items[i].Constraints = "", nil
		if s.Items[i].Contested == Protective || s.Items[i].Contested == Union {
			s.Items[i].Contested, s.Items[i].Protective, s.Items[i].Pick, s.Items[i].Reads = AskBoth, nil, "", ""
		}
	}
	return s
}

func load(t interface{ Fatal(...any) }, s *Source) *Definition {
	d, err := Load(s.Write())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// renamed gives a question another id, on its pages too.
func (s *Source) renamed(at int, id string) {
	old := s.Items[at].ID
	s.Items[at].Was = append(s.Items[at].Was, old)
	s.Items[at].ID = id
	for kind := range s.Pages {
		for p := range s.Pages[kind] {
			for n, item := range s.Pages[kind][p].Items {
				if item == old {
					s.Pages[kind][p].Items[n] = id
				}
			}
		}
	}
}

func (s *Source) dropped(at int) {
	id := s.Items[at].ID
	s.Items = slices.Delete(s.Items, at, at+1)
	for kind := range s.Pages {
		for p := range s.Pages[kind] {
			s.Pages[kind][p].Items = slices.DeleteFunc(s.Pages[kind][p].Items, func(item string) bool { return item == id })
		}
		s.Pages[kind] = slices.DeleteFunc(s.Pages[kind], func(p Page) bool { return len(p.Items) == 0 })
	}
}

// onlyOne reports whether a form would have no page left without the question.
func (s *Source) onlyOne(at int) bool {
	for _, pages := range s.Pages {
		left := 0
		for _, page := range pages {
			left += len(page.Items)
			if slices.Contains(page.Items, s.Items[at].ID) {
				left--
			}
		}
		if left == 0 {
			return true
		}
	}
	return len(s.Items) == 1
}

// edited draws a form that somebody made of another one.
func edited(t *rapid.T, s *Source, version string) *Source {
	s.Version = version
	for n := range rapid.IntRange(1, 25).Draw(t, "edits") {
		at := rapid.IntRange(0, len(s.Items)-1).Draw(t, "item")
		list := s.Choices[listOf(s.Items[at].Type)]
		switch rapid.SampledFrom([]string{"drop", "rename", "reword", "retype", "choice gone", "choice renamed", "move"}).Draw(t, "edit") {
		case "drop":
			if !s.onlyOne(at) {
				s.dropped(at)
			}
		case "rename":
			s.renamed(at, fmt.Sprintf("new_%s_%d", strings.NewReplacer("/", "_").Replace(version), n))
		case "reword":
			s.Items[at].EN += " (new words)"
		case "retype":
			if !strings.HasPrefix(s.Items[at].Type, "text") {
				s.Items[at].Type = "text"
			}
		case "choice gone":
			if len(list) > 1 {
				s.Choices[listOf(s.Items[at].Type)] = slices.Clone(list[1:])
			}
		case "choice renamed":
			if len(list) > 0 {
				list = slices.Clone(list)
				list[0].Was, list[0].Code = append(slices.Clone(list[0].Was), list[0].Code), fmt.Sprintf("new%s%d", version[len(version)-1:], n)
				s.Choices[listOf(s.Items[at].Type)] = list
			}
		case "move":
			s.Items[at], s.Items[0] = s.Items[0], s.Items[at]
		}
	}
	return s
}

func listOf(kind string) string { _, list, _ := strings.Cut(kind, ":"); return list }

// answered draws answers of any kind to some questions of a form.
func answered(t *rapid.T, d *Definition) screening.Answers {
	answers := screening.Answers{}
	for _, item := range d.Items() {
		if rapid.IntRange(0, 2).Draw(t, "asked") == 0 {
			continue
		}
		field := screening.Field{Item: item.ID}
		if item.Repeat != "" && rapid.Bool().Draw(t, "entry") {
			field.Entry = "abcd"
		}
		var value screening.Value
		switch choices := d.Choices(item.List); item.Kind {
		case screening.KindCode:
			value = screening.Code(rapid.SampledFrom(choices).Draw(t, "choice").Code)
		case screening.KindSet:
			value = screening.SetOf(rapid.SampledFrom(choices).Draw(t, "one").Code, rapid.SampledFrom(choices).Draw(t, "two").Code)
		case screening.KindInt:
			value = screening.Int(rapid.IntRange(0, 99).Draw(t, "number"))
		case screening.KindText:
			value = screening.TextOf("told by a made-up person")
		default:
			answers[field.String()] = screening.Saying(screening.Refused)
			continue
		}
		answers[field.String()] = screening.Of(value)
	}
	return answers
}

// However a form is edited, each answer stays, moves, waits to be settled, or
// is kept unmatched: one of the four, and what it says is not changed but by
// names that the new form gives for old ones.
func TestMovingToAnotherVersionLosesNothing(t *testing.T) {
	fewer := func() *Source { // enough of every type, and quick
		s := plainSource(t)
		for at := len(s.Items) - 1; at >= 0; at-- {
			if at%5 != 0 {
				s.dropped(at)
			}
		}
		return s
	}
	rapid.Check(t, func(rt *rapid.T) {
		before := load(rt, fewer())
		answers := answered(rt, before)
		middle := edited(rt, fewer(), "vif/2")
		after := load(rt, edited(rt, middle, "vif/3"))
		var contested []string
		for field := range answers {
			if len(field)%5 == 0 {
				contested = append(contested, field)
			}
		}
		move := before.MoveTo(after, answers, contested)
		fates := map[string]int{}
		for _, field := range slices.Concat(move.Stays, move.Unmatched, move.Settle) {
			fates[field]++
		}
		targets := map[string]bool{}
		for _, one := range move.Moved {
			fates[one.From]++
			old := answers[one.From]
			if targets[one.To] || one.To != one.From && answers[one.To].State != screening.NotAsked {
				rt.Fatalf("%s is written over", one.To)
			}
			targets[one.To] = true
			if one.Answer.State != old.State {
				rt.Fatalf("%s changes its state on the way", one.From)
			}
			if _, coded := old.Value.(screening.Code); !coded && one.To != one.From {
				if _, set := old.Value.(screening.Set); !set && !screening.Same(old, one.Answer) {
					rt.Fatalf("%s says something else on the way", one.From)
				}
			}
		}
		for field := range answers {
			if fates[field] != 1 {
				rt.Fatalf("%s has %d fates", field, fates[field])
			}
		}
		sheet := after.Evaluate(Long, moved(answers, move), screening.PartialDate{Year: 2026, Month: 11, Day: 24})
		for _, field := range sheet.Unknown {
			if !slices.Contains(move.Unmatched, field) && !slices.Contains(move.Settle, field) {
				rt.Fatalf("%s is on no page and not listed as unmatched", field)
			}
		}
		flagged := map[string]bool{}
		for _, problem := range sheet.Problems {
			flagged[problem.Field.String()] = true
		}
		for _, field := range move.Removed {
			if view, shown := sheet.View(must(screening.ParseField(field))); shown && view.Visibility == Shown && !flagged[field] {
				rt.Fatalf("%s holds a choice that is gone, and nothing says so", field)
			}
		}
	})
}

// moved gives the answers as they stand after a move.
func moved(answers screening.Answers, move Move) screening.Answers {
	now := screening.Answers{}
	for _, field := range slices.Concat(move.Stays, move.Unmatched, move.Settle) {
		now[field] = answers[field]
	}
	for _, one := range move.Moved {
		now[one.To] = one.Answer
	}
	return now
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// What moves where, by example.
func TestWhatBecomesOfAnAnswer(t *testing.T) {
	source := plainSource(t)
	at := func(id string) int {
		return slices.IndexFunc(source.Items, func(i SourceItem) bool { return i.ID == id })
	}
	source.Version = "vif/2"
	source.renamed(at("idn_father"), "idn_parent")
	source.dropped(at("idn_children"))
	source.Items[at("idn_education")].Type = "text"
	source.Choices["paystate"] = slices.DeleteFunc(source.Choices["paystate"], func(c Choice) bool { return c.Code == "late" })
	for n, choice := range source.Choices["paystate"] {
		if choice.Code == "held" {
			source.Choices["paystate"][n].Code, source.Choices["paystate"][n].Was = "kept", []string{"held"}
		}
	}
	before, after := load(t, plainSource(t)), load(t, source)
	move := before.MoveTo(after, screening.Answers{
		"idn_father": screening.Of(screening.TextOf("a made-up name")), "idn_children": screening.Of(screening.Int(2)),
		"idn_education": screening.Of(screening.Code("none")), "idn_sex": screening.Saying(screening.Refused),
		"wrk_pay_state": screening.Of(screening.Code("held")), "wrk_pay_state@second": screening.Of(screening.Code("late")),
	}, nil)
	if got := fmt.Sprint(move.Stays, move.Unmatched, move.Removed); got != "[idn_sex wrk_pay_state@second] [idn_children idn_education] [wrk_pay_state@second]" {
		t.Errorf("stays, unmatched, removed: %s", got)
	}
	var moved []string
	for _, one := range move.Moved {
		moved = append(moved, one.From+" to "+one.To+" "+one.Answer.Canonical())
	}
	if got := strings.Join(moved, "; "); got != "idn_father to idn_parent =a made-up name; wrk_pay_state to wrk_pay_state =kept" {
		t.Errorf("moved: %s", got)
	}
}
