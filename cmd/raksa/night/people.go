package night

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// name is one part of a name in three scripts. All are common names; every
// combination of them, and everybody who bears one here, is invented.
type name struct{ km, latin, thai string }

var families = []name{
	{"សុខ", "Sok", "โสก"},
	{"ចាន់", "Chan", "จัน"},
	{"លី", "Ly", "ลี"},
	{"គឹម", "Kim", "กึม"},
	{"ហេង", "Heng", "เฮง"},
	{"ឈឹម", "Chhim", "ชึม"},
	{"ប៉ែន", "Pen", "แปน"},
	{"មាស", "Meas", "เมียส"},
	{"នួន", "Nuon", "นวน"},
	{"កែវ", "Keo", "แก้ว"},
	{"ទេព", "Tep", "เทพ"},
	{"អ៊ុក", "Ouk", "อุก"},
	{"យឹម", "Yim", "ยึม"},
	{"ផាន់", "Phan", "พาน"},
	{"រស់", "Ros", "โรส"},
}

var givenMale = []name{
	{"សុភា", "Sophea", "โสเพีย"},
	{"ដារ៉ា", "Dara", "ดารา"},
	{"វិចិត្រ", "Vichet", "วิเจ็ด"},
	{"រតនា", "Ratana", "รัตนา"},
	{"ពិសិដ្ឋ", "Piseth", "พิเสด"},
	{"សំណាង", "Samnang", "สำนาง"},
	{"បូរី", "Borey", "บอเรย"},
	{"សុវណ្ណ", "Sovann", "โสวัน"},
	{"វណ្ណា", "Vanna", "วันนา"},
	{"មករា", "Makara", "มกรา"},
	{"ឧត្តម", "Oudom", "อุดม"},
	{"សារ៉ាត់", "Sarat", "สารัต"},
}

var givenFemale = []name{
	{"ចន្ធី", "Chanthy", "จันที"},
	{"សុគន្ធា", "Sokunthea", "โสคนเธีย"},
	{"ចិន្តា", "Chenda", "เจนดา"},
	{"បុប្ផា", "Bopha", "บุปผา"},
	{"ម៉ាលី", "Maly", "มาลี"},
	{"សុជាតា", "Socheata", "โสเจียตา"},
	{"រស្មី", "Reaksmey", "เรียกสะเมย"},
	{"ធីតា", "Thida", "ธิดา"},
	{"នារី", "Neary", "นารี"},
	{"កល្យាណ", "Kalyan", "กัลยาน"},
}

// villages are gazetteer codes of places far from each other.
var villages = []string{"01020101", "02010103", "03020205", "14020301", "17010104", "08030502", "21020107", "10010203"}

// person is somebody invented for the night.
type person struct {
	number        int // on the truck, from 1
	family, given name
	sex           string // male, female
	bornYear      int
	village       string
	phone         string
	story         string // key of stories
	onList        bool
}

// Somebody invents one person: who they are, and what they tell, by item in
// canonical form. Numbers count from 1; the same seed and number give the same
// person.
func Somebody(seed uint64, number int) (who, told map[string]string) {
	p := truck(seed, number)[number-1]
	return identity(p), answersOf(p)
}

// truck invents the people of one truck. The same seed gives the same people.
func truck(seed uint64, count int) []person {
	random := rand.New(rand.NewPCG(seed, 0x4b484d4552))
	taken := map[string]bool{}
	var people []person
	for len(people) < count {
		p := person{
			number: len(people) + 1, family: families[random.IntN(len(families))], sex: "male",
			bornYear: 1976 + random.IntN(30), village: villages[random.IntN(len(villages))],
			phone: fmt.Sprintf("+85512%06d", random.IntN(1_000_000)), onList: true,
		}
		given := givenMale
		if random.IntN(5) < 2 {
			p.sex, given = "female", givenFemale
		}
		p.given = given[random.IntN(len(given))]
		if key := p.family.latin + p.given.latin; taken[key] {
			continue
		} else {
			taken[key] = true
		}
		if p.story = storyOf(p.number); p.story == "child" {
			p.bornYear = thisYear - 15
		}
		people = append(people, p)
	}
	return people
}

// storyOf spreads the stories over a truck: ten to eighteen of 45 have
// indications, as the studies of returned workers say.
func storyOf(number int) string {
	switch {
	case number%9 == 0:
		return "fisher"
	case number%7 == 0:
		return "debt"
	case number%11 == 0:
		return "cheated"
	case number == 13:
		return "child"
	}
	return "ordinary"
}

// arrivalsCSV writes the list that came with the truck: Thai and Latin names,
// Buddhist years, one line too many and two people missing, one name and one
// year written wrongly. It does not fully agree with who stands there.
func arrivalsCSV(people []person) string {
	var list strings.Builder
	list.WriteString("no,ชื่อ,surname,name,sex,ปีเกิด\n")
	line := 0
	for _, p := range people {
		if p.number == 20 || p.number == 33 {
			continue // came, and is not on the list
		}
		line++
		latin, year, sex := p.given.latin, p.bornYear+543, "ชาย"
		if p.sex == "female" {
			sex = "หญิง"
		}
		if p.number == 8 {
			latin = strings.Replace(latin, "o", "u", 1) + "h"
		}
		if p.number == 15 {
			year += 2
		}
		fmt.Fprintf(&list, "%d,%s %s,%s,%s,%s,%d\n", line, p.given.thai, p.family.thai, p.family.latin, latin, sex, year)
	}
	for _, extra := range []string{"พาน บุปผา,Phan,Bopha,หญิง,2541", "ยึม ดารา,Yim,Dara,ชาย,2529", "เทพ มาลี,Tep,Maly,หญิง,2545"} {
		line++ // on the list, and did not come
		fmt.Fprintf(&list, "%d,%s\n", line, extra)
	}
	return list.String()
}

// respelled writes the same person as another officer did, months later: other
// letters for the same sounds, an age for the year, no phone.
func (p person) respelled() person {
	q := p
	swap := strings.NewReplacer("ph", "p", "ea", "ia", "ey", "y", "o", "or", "ou", "u", "th", "t", "aa", "a")
	q.given.latin = strings.ToUpper(p.given.latin[:1]) + swap.Replace(p.given.latin[1:])
	q.given.km = strings.NewReplacer("្ដ", "្ត", "ណ", "ន", "ាត់", "ាត").Replace(p.given.km)
	return q
}
