package casefile_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
)

// newGroup keeps one truck's group: 47 declared, 45 counted (scenario 2).
func newGroup(t *testing.T) *book {
	t.Helper()
	b := newBook(t, recordB, casefile.KindGroup, "")
	b.keep(casefile.GroupDraft(recordB, maly, nil, casefile.GroupEdit{
		Center: "ptc", Gate: "poipet", Arrived: new(int64(1_790_000_000_000)), Declared: new(47), Counted: new(45),
	}))
	return b
}

func openGroup(t *testing.T, b *book) casefile.Group {
	t.Helper()
	group, err := casefile.OpenGroup(b.rec)
	if err != nil {
		t.Fatal(err)
	}
	return group
}

func TestTheThreeCountsOfAGroupStayBesideEachOther(t *testing.T) {
	b := newGroup(t)
	lines := []casefile.Line{{Number: 2, GivenLatin: "Srey"}, {Number: 1, GivenLatin: "Dara", AgeYears: 27}}
	b.keep(casefile.GroupDraft(recordB, maly, b.rec, casefile.GroupEdit{Lines: lines}))
	want := casefile.Group{
		ID: recordB, Center: "ptc", Gate: "poipet", ArrivedMillis: 1_790_000_000_000, Declared: 47, Counted: 45,
		Lines: []casefile.Line{lines[1], lines[0]},
	}
	if got := openGroup(t, b); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	b.keep(casefile.GroupDraft(recordB, sothea, b.rec, casefile.GroupEdit{Close: true, Counted: new(0)}))
	if got := openGroup(t, b); !got.Closed || got.Counted != 0 || got.Declared != 47 {
		t.Errorf("closed: %+v", got)
	}
}

func TestACountThatWasNotGivenIsNotZero(t *testing.T) {
	b := newBook(t, recordB, casefile.KindGroup, "")
	b.keep(casefile.GroupDraft(recordB, maly, nil, casefile.GroupEdit{Center: "ptc"}))
	if got := openGroup(t, b); got.Declared != -1 || got.Counted != -1 || got.Closed || got.Lines != nil {
		t.Errorf("%+v", got)
	}
}

func TestAGroupEditThatSaysNothingIsNothing(t *testing.T) {
	if _, err := casefile.GroupDraft(recordB, maly, nil, casefile.GroupEdit{}); !errors.Is(err, casefile.ErrNothing) {
		t.Errorf("%v", err)
	}
}

// Names lie in the class of names, and nothing else of a group does.
func TestTheLinesOfAGroupLieInTheClassOfNames(t *testing.T) {
	draft, err := casefile.GroupDraft(recordB, maly, nil, casefile.GroupEdit{Center: "ptc", Declared: new(1), Lines: []casefile.Line{{Number: 1, GivenLatin: "Dara"}}})
	if err != nil {
		t.Fatal(err)
	}
	for class, writes := range draft.Writes {
		for _, w := range writes {
			if strings.HasPrefix(w.Field, "line.") != (class == syncengine.Class(screening.Identity)) {
				t.Errorf("%s lies in class %d", w.Field, class)
			}
		}
	}
	b := newBook(t, recordB, casefile.KindGroup, "")
	b.keep(draft, nil)
	delete(b.rec.Classes, syncengine.Class(screening.Identity))
	if got := openGroup(t, b); got.Declared != 1 || len(got.Lines) != 0 {
		t.Errorf("without the class of names: %+v", got)
	}
}

// Two tablets type the same list at once, half each and one line twice: every
// line is there, and neither version of the shared one is lost.
func TestTwoListsThatAreImportedAtOnceMerge(t *testing.T) {
	b := newGroup(t)
	one, err := casefile.GroupDraft(recordB, dara, b.rec, casefile.GroupEdit{Lines: []casefile.Line{{Number: 1, GivenLatin: "Dara"}, {Number: 2, GivenLatin: "Srey"}}})
	if err != nil {
		t.Fatal(err)
	}
	two, err := casefile.GroupDraft(recordB, maly, b.rec, casefile.GroupEdit{Lines: []casefile.Line{{Number: 2, GivenLatin: "Sreymom"}, {Number: 3, GivenLatin: "Vanna"}}})
	if err != nil {
		t.Fatal(err)
	}
	b.keep(one, nil)
	b.keep(two, nil)
	var names []string
	for _, line := range openGroup(t, b).Lines {
		names = append(names, line.OnList())
	}
	if !slices.Equal(names, []string{"Dara", "Sreymom", "Vanna"}) || len(b.rec.Field("line.0002").Live()) != 2 {
		t.Errorf("lines %v, %d versions of the second", names, len(b.rec.Field("line.0002").Live()))
	}
	b.keep(casefile.GroupDraft(recordB, maly, b.rec, casefile.GroupEdit{Lines: []casefile.Line{{Number: 2, GivenLatin: "Srey"}}}))
	if got := b.rec.Field("line.0002").Live(); len(got) != 1 {
		t.Errorf("typed once more: %d versions", len(got))
	}
}

// A name with every odd letter comes back as it was.
func TestALineSurvivesTheRecord(t *testing.T) {
	line := casefile.Line{
		Number: 2000, FamilyKhmer: "សុខ", GivenKhmer: "ដារ៉ា", FamilyLatin: `"><&`, GivenLatin: "O'Dara\u2028", Thai: "สก ดารา",
		Sex: "female", AgeYears: 17, BirthYear: 2009, Province: "ព្រៃវែង",
	}
	b := newGroup(t)
	b.keep(casefile.GroupDraft(recordB, maly, b.rec, casefile.GroupEdit{Lines: []casefile.Line{line}}))
	if got := openGroup(t, b).Lines; len(got) != 1 || got[0] != line {
		t.Errorf("%+v", got)
	}
	text, _ := json.Marshal(line)
	if b.live("line.2000") != string(text) {
		t.Errorf("stored under %s", b.live("line.2000"))
	}
}

func TestOnlyAGroupOpensAsOne(t *testing.T) {
	var wrong *casefile.NotOfKind
	if _, err := casefile.OpenGroup(newInterview(t, nil).rec); !errors.As(err, &wrong) || wrong.Record != recordA {
		t.Errorf("%v", err)
	}
}
