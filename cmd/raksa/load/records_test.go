package load

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"raksa/screening"
	"raksa/screening/form"
)

// A book writes made-up records, the same ones for the same seed: 28 coded
// answers, 4 dates, 8 numbers, 10 names, 6 notes and 4 narratives, of words that
// are drawn as unevenly as those of a language. Nobody in it exists.
type book struct {
	random *rand.Rand
	words  []string
	form   *form.Definition
}

var syllables = strings.Fields("ba ko mi ra te lu sa no pe di gu fa ri mo ze la chi tan der vor ent pro con mar bel ist ung ate ion ker")

func newBook(seed uint64) *book {
	b := &book{random: rand.New(rand.NewPCG(seed, 60)), form: form.Builtin()}
	for i := range 4000 {
		count := 1 + b.random.IntN(3)
		if i > 500 {
			count++
		}
		b.words = append(b.words, b.syllables(count))
	}
	return b
}

func (b *book) syllables(count int) (word string) {
	for range count {
		word += syllables[b.random.IntN(len(syllables))]
	}
	return word
}

// word draws by Zipf's law, the first words most often.
func (b *book) word() string {
	at := 1.0
	for range 3 {
		at *= 16 * b.random.Float64()
	}
	return b.words[min(len(b.words)-1, int(at))]
}

func (b *book) text(length int) string {
	var out strings.Builder
	for out.Len() < length {
		if out.Len() > 0 {
			out.WriteByte(' ')
		}
		out.WriteString(b.word())
	}
	return out.String()[:length]
}

func (b *book) name() string {
	word := b.words[500+b.random.IntN(3500)] + b.syllables(1)
	return strings.ToUpper(word[:1]) + word[1:]
}

// The items that a record answers, by how they are made up. None of them must
// be signed, so that a record is one change in one page.
var (
	codedItems = strings.Fields(`tri_medical_urgent tri_threat_present tri_distress idn_sex idn_nationality idn_marital
		idn_education idn_reads rec_found_by rec_act rec_channel rec_job_promised rec_job_same rec_wage_same
		rec_contract jny_crossing jny_guide wrk_sector wrk_pay_state ctl_papers ctl_movement ctl_contact dbt_any
		dbt_creditor dbt_trend hrm_physical prp_relation prp_sex`)
	dateItems      = strings.Fields("idn_birth_date rec_left_home wrk_from wrk_to")
	numberItems    = strings.Fields("idn_age_stated idn_children rec_age wrk_hours_day wrk_days_week wrk_months_at_sea sex_kept_share prp_age")
	nameItems      = strings.Fields("idn_family_km idn_given_km idn_family_latin idn_given_latin idn_father idn_mother idn_phone_owner chl_carer_name dbt_lender prp_name")
	noteItems      = strings.Fields("idn_home_detail wrk_employer wrk_vessel ctl_tried_leave hrm_scenarios prp_details")
	narrativeItems = strings.Fields("rec_story wrk_story jus_afraid_of prp_profile")
)

// record makes the answers of the next record.
func (b *book) record() map[string]screening.Answer {
	answers := map[string]screening.Answer{}
	put := func(kind screening.Kind, item, text string) {
		value, err := screening.ParseValue(kind, text)
		if err != nil {
			panic(fmt.Sprintf("%s: %v", item, err)) // a fault of this table
		}
		answers[item] = screening.Of(value)
	}
	for _, item := range codedItems {
		choices := b.form.Choices(b.form.Item(item).List)
		put(screening.KindCode, item, choices[b.random.IntN(len(choices))].Code)
	}
	for _, item := range dateItems {
		put(screening.KindDate, item, fmt.Sprintf("20%02d-%02d-%02d", 10+b.random.IntN(16), 1+b.random.IntN(12), 1+b.random.IntN(28)))
	}
	for _, item := range numberItems {
		put(screening.KindInt, item, fmt.Sprint(b.random.IntN(100)))
	}
	for _, item := range nameItems {
		put(screening.KindText, item, b.name()+" "+b.name())
	}
	for _, item := range noteItems {
		put(screening.KindText, item, b.text(110+b.random.IntN(60)))
	}
	for _, item := range narrativeItems {
		put(screening.KindText, item, b.text(345+b.random.IntN(200)))
	}
	return answers
}
