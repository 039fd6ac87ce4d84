package clk

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"raksa/linkage"
)

// Everybody here is made up.
var (
	chanthy      = linkage.Record{FamilyKhmer: "សុខ", GivenKhmer: "ចន្ធី", Sex: linkage.Female, BirthYear: "1994", BirthPlace: "02060305"}
	chanthyLatin = linkage.Record{FamilyLatin: "Sok", GivenLatin: "Chanty", Sex: linkage.Female, BirthYear: "2536", BirthPlace: "020603"}
	vuthy        = linkage.Record{FamilyLatin: "Meas", GivenLatin: "Vuthy", Sex: linkage.Male, BirthYear: "1971", BirthPlace: "17010101"}
)

func encoder(t *testing.T, shared, own byte) *Encoder {
	t.Helper()
	e, err := NewEncoder(bytes.Repeat([]byte{shared}, SecretBytes), bytes.Repeat([]byte{own}, SecretBytes))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func encode(t *testing.T, e *Encoder, r linkage.Record) Filter {
	t.Helper()
	f, ok := e.Encode(linkage.NewProfile(r))
	if !ok {
		t.Fatal("a record with a name was refused")
	}
	return f
}

func likenessOf(a, b Filter) float64 { return alike(a.common(&b), trueOnes(&a), trueOnes(&b)) }

func TestWhoResemblesWhom(t *testing.T) {
	partner, office, stranger := encoder(t, 1, 2), encoder(t, 1, 3), encoder(t, 9, 3)
	for _, row := range []struct {
		name string
		a, b Filter
		one  bool
	}{
		{"the same record at two parties", encode(t, partner, chanthy), encode(t, office, chanthy), true},
		{"Khmer script and Latin letters", encode(t, partner, chanthy), encode(t, office, chanthyLatin), true},
		{"two persons", encode(t, partner, chanthy), encode(t, office, vuthy), false},
		{"the same record under another secret", encode(t, partner, chanthy), encode(t, stranger, chanthy), false},
	} {
		if got := likenessOf(row.a, row.b); (got >= likeness) != row.one {
			t.Errorf("%s: likeness %.2f", row.name, got)
		}
	}
}

func TestAnEncoderRepeatsItselfAndHidesItsNoise(t *testing.T) {
	first := encode(t, encoder(t, 1, 2), chanthy)
	if again := encode(t, encoder(t, 1, 2), chanthy); again != first {
		t.Error("the same record, secrets and exchange gave two filters: noise could be averaged out")
	}
	if encode(t, encoder(t, 1, 3), chanthy) == first {
		t.Error("another party can repeat the noise")
	}
}

func TestWhatCannotBeEncodedIsRefused(t *testing.T) {
	if _, err := NewEncoder(make([]byte, SecretBytes-1), make([]byte, SecretBytes)); !errors.Is(err, ErrShortSecret) {
		t.Error("a short secret was taken:", err)
	}
	if _, ok := encoder(t, 1, 2).Encode(linkage.NewProfile(linkage.Record{Sex: linkage.Male, BirthYear: "1990"})); ok {
		t.Error("a record without a name was encoded: it would resemble everybody")
	}
}

// people makes n made-up persons; two calls with another step share none.
func people(from, n int) (records []linkage.Record, persons []linkage.RecordCluster) {
	syllables := []string{"so", "ka", "vi", "ro", "chan", "na", "pheap", "my", "li", "da", "bo", "ra", "ny", "tha", "srei", "kun", "mao", "yut", "heng", "pov"}
	for i := from; i < from+n; i++ {
		x := i * 7919
		id := fmt.Sprintf("r%06d", i)
		records = append(records, linkage.Record{
			ID: id, FamilyLatin: syllables[x%20] + syllables[x/20%20], GivenLatin: syllables[x/400%20] + syllables[x/8000%20],
			Sex: []linkage.Sex{linkage.Female, linkage.Male}[i%2], BirthDate: fmt.Sprintf("%d-%02d-%02d", 1960+x/7%45, 1+x/11%12, 2+x/13%26),
			BirthPlace: fmt.Sprintf("%02d%02d%02d%02d", 1+x/3%24, 1+x/5%9, 1+x/17%9, 1+x/19%9),
		})
		persons = append(persons, linkage.RecordCluster{ID: id, Members: []string{id}})
	}
	return records, persons
}

func list(t *testing.T, e *Encoder, from, n int) List {
	t.Helper()
	records, persons := people(from, n)
	l, err := e.NewList("2026-11", "pair", records, persons)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestTheOverlapOfTwoLists(t *testing.T) {
	partner, office := list(t, encoder(t, 1, 2), 0, 500), list(t, encoder(t, 1, 3), 300, 900)
	visited := 0
	got, err := Count(office.Filters, partner.Filters, func(done int) error { visited = done; return nil })
	if err != nil || visited != 500 {
		t.Fatal(visited, err)
	}
	if got.Low > 200 || got.High < 200 || got.Matched < 180 || got.Matched > 220 {
		t.Errorf("200 persons are on both lists, counted %+v", got)
	}
	apart, err := Count(partner.Filters, list(t, encoder(t, 9, 3), 300, 900).Filters, func(int) error { return nil })
	if err != nil || apart.Matched > 5 {
		t.Errorf("lists under two secrets have %d in common: %v", apart.Matched, err)
	}
	stop := errors.New("stop")
	if _, err := Count(office.Filters, partner.Filters, func(int) error { return stop }); !errors.Is(err, stop) {
		t.Error("Count went on:", err)
	}
}

func TestAListIsWrittenAndReadBackOrRefused(t *testing.T) {
	want := list(t, encoder(t, 1, 2), 0, 500)
	var file bytes.Buffer
	if err := want.Write(&file); err != nil {
		t.Fatal(err)
	}
	got, err := ReadList(strings.NewReader(file.String()))
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatal("the list changed on its way:", err)
	}
	whole := file.String()
	for name, text := range map[string]string{
		"empty": "", "cut off": whole[:len(whole)-200], "one too many": whole + whole[len(whole)-172:],
		"another format": strings.Replace(whole, "clk/1", "clk/9", 1), "a name in it": whole[:300] + "Sok Chanthy\n" + whole[300:],
	} {
		if _, err := ReadList(strings.NewReader(text)); !errors.Is(err, ErrList) {
			t.Errorf("%s: %v", name, err)
		}
	}
	records, persons := people(0, LeastRecords-1)
	var size *SizeError
	if _, err := encoder(t, 1, 2).NewList("x", "y", records, persons); !errors.As(err, &size) || size.Persons != LeastRecords-1 {
		t.Error("a small list was taken:", err)
	}
}

func FuzzAFilterReadsWhatItWrites(f *testing.F) {
	f.Add([]byte("AAAA"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var filter Filter
		if filter.UnmarshalText(text) != nil {
			return
		}
		if again, err := filter.MarshalText(); err != nil || !bytes.Equal(again, text) {
			t.Errorf("%q came back as %q: %v", text, again, err)
		}
	})
}

// 5,000 against 50,000 is a partner against the office: 250 million comparisons.
func BenchmarkCount(b *testing.B) {
	e, err := NewEncoder(make([]byte, SecretBytes), make([]byte, SecretBytes))
	if err != nil {
		b.Fatal(err)
	}
	records, _ := people(0, 5000)
	filters := make([]Filter, len(records))
	for i, r := range records {
		filters[i], _ = e.Encode(linkage.NewProfile(r))
	}
	for b.Loop() {
		if _, err := Count(filters[:500], filters, func(int) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(500*5000), "ns/comparison")
}
