package linkage

import "strings"

// A Field is one thing that a record pair is compared on. Its text is a stable
// code: stored with scores, and the key of the words that people read.
type Field string

// The compared fields, in the order in which parts are listed.
const (
	Family     Field = "family"
	Given      Field = "given"
	NameOrder  Field = "name_order"
	SexField   Field = "sex"
	BirthField Field = "birth"
	Place      Field = "place"
	Phone      Field = "phone"
	NationalID Field = "national_id"
	Batch      Field = "batch"
	Sector     Field = "sector"
	Gap        Field = "gap"
	Source     Field = "source"
)

// A Level says how far two records agree on a field. Its text is a stable code.
type Level string

// Missing is the level of every field that one record does not give. It weighs
// nothing.
const Missing Level = "missing"

// Levels of the fields. Each field's own are listed in fieldLevels.
const (
	Spelled     Level = "spelled"      // same spelling after folding
	Sounds      Level = "sounds"       // same sound
	SoundsClose Level = "sounds_close" // a vowel, a title, or r for l
	SoundsNear  Level = "sounds_near"
	Tail        Level = "tail" // one is the last syllable of the other
	SoundsFar   Level = "sounds_far"
	Apart       Level = "apart"

	Straight Level = "straight"
	Swapped  Level = "swapped" // family and given name in exchanged fields

	Same    Level = "same"
	Near    Level = "near" // one digit or letter wrong, or two exchanged
	Differs Level = "differs"
	Shared  Level = "shared" // the same, but so many records have it that it is an office's

	DateSame     Level = "date_same"
	DateTurned   Level = "date_turned" // day and month exchanged
	DateSlip     Level = "date_slip"   // two of year, month and day agree
	DateSameYear Level = "date_same_year"
	DateNear     Level = "date_near"
	DateApart    Level = "date_apart"
	YearSame     Level = "year_same"
	YearNear     Level = "year_near"  // 1 year apart
	YearClose    Level = "year_close" // 2 or 3
	YearApart    Level = "year_apart"
	AgeFits      Level = "age_fits"
	AgeNear      Level = "age_near"  // 1 year outside
	AgeClose     Level = "age_close" // 2 or 3
	AgeOff       Level = "age_off"   // 4 or 5
	AgeApart     Level = "age_apart"

	VillageSame     Level = "village_same"
	VillageDiffers  Level = "village_differs" // in one commune
	CommuneSame     Level = "commune_same"    // one record knows no more
	CommuneDiffers  Level = "commune_differs" // in one district
	DistrictSame    Level = "district_same"
	DistrictDiffers Level = "district_differs" // in one province
	ProvinceSame    Level = "province_same"
	ProvinceDiffers Level = "province_differs"

	WithinDays   Level = "within_3_days"
	WithinWeeks  Level = "within_30_days"
	WithinMonths Level = "within_90_days"
	Later        Level = "later" // another return is likely
)

// fieldLevels is every level that a field can take besides Missing. The table
// of a model must give m, h and u for exactly these.
var fieldLevels = []struct {
	field  Field
	levels []Level
}{
	{Family, []Level{Spelled, Sounds, SoundsClose, SoundsNear, Tail, SoundsFar, Apart}},
	{Given, []Level{Spelled, Sounds, SoundsClose, SoundsNear, Tail, SoundsFar, Apart}},
	{NameOrder, []Level{Straight, Swapped}},
	{SexField, []Level{Same, Differs}},
	{BirthField, []Level{DateSame, DateTurned, DateSlip, DateSameYear, DateNear, DateApart,
		YearSame, YearNear, YearClose, YearApart, AgeFits, AgeNear, AgeClose, AgeOff, AgeApart}},
	{Place, []Level{VillageSame, VillageDiffers, CommuneSame, CommuneDiffers,
		DistrictSame, DistrictDiffers, ProvinceSame, ProvinceDiffers}},
	{Phone, []Level{Same, Shared, Near, Differs}},
	{NationalID, []Level{Same, Near, Differs}},
	{Batch, []Level{Same, Near, Differs}},
	{Sector, []Level{Same, Differs}},
	{Gap, []Level{WithinDays, WithinWeeks, WithinMonths, Later}},
	{Source, []Level{Same, Differs}},
}

// An Agreement is a record pair's level on one field. The list of all of them
// is the pair's agreement pattern.
type Agreement struct {
	Field Field
	Level Level
}

// Pattern gives the agreement pattern of two profiles, one Agreement for each
// field in the fixed order. It is the same for (a, b) and (b, a). Terms may be
// nil; it knows which phones are an office's.
func Pattern(a, b Profile, terms *Terms) []Agreement {
	pattern, _ := patternOf(a, b, terms)
	return pattern
}

func patternOf(a, b Profile, terms *Terms) ([]Agreement, nameReading) {
	if b.ID < a.ID { // Ties between readings are settled in one order.
		a, b = b, a
	}
	name := readNames(a, b)
	phone := agreeCode(a.Phone, b.Phone)
	if phone == Same && terms.sharedPhone(a.Phone) {
		phone = Shared
	}
	return []Agreement{
		{Family, name.family}, {Given, name.given}, {NameOrder, name.order},
		{SexField, agreeWhole(string(a.Sex), string(b.Sex))},
		{BirthField, agreeBirth(a.Birth, b.Birth)},
		{Place, agreePlace(a.Place, b.Place)},
		{Phone, phone},
		{NationalID, agreeCode(a.NationalID, b.NationalID)},
		{Batch, agreeCode(a.Batch, b.Batch)},
		{Sector, agreeWhole(a.Sector, b.Sector)},
		{Gap, agreeGap(a.RecordedDay, b.RecordedDay)},
		{Source, agreeWhole(a.Source, b.Source)},
	}, name
}

func agreeWhole(a, b string) Level {
	switch {
	case a == "" || b == "":
		return Missing
	case a == b:
		return Same
	}
	return Differs
}

func agreeCode(a, b string) Level {
	if level := agreeWhole(a, b); level != Differs {
		return level
	}
	if oneSlip(a, b) {
		return Near
	}
	return Differs
}

// oneSlip reports whether one letter replaced, lost or added, or two
// neighbours exchanged, turn a into b.
func oneSlip(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	head := 0
	for head < len(a) && a[head] == b[head] {
		head++
	}
	switch len(b) - len(a) {
	case 0:
		turned := head+1 < len(a) && a[head] == b[head+1] && a[head+1] == b[head] && a[head+2:] == b[head+2:]
		return turned || a[head+1:] == b[head+1:]
	case 1:
		return a[head:] == b[head+1:]
	}
	return false
}

func agreePlace(a, b string) Level {
	depth := min(len(a), len(b))
	if depth == 0 {
		return Missing
	}
	same := 0
	for same < depth && strings.HasPrefix(b, a[:same+2]) {
		same += 2
	}
	if same == depth {
		return [...]Level{ProvinceSame, DistrictSame, CommuneSame, VillageSame}[depth/2-1]
	}
	return [...]Level{ProvinceDiffers, DistrictDiffers, CommuneDiffers, VillageDiffers}[same/2]
}

func agreeGap(a, b int) Level {
	if a == 0 || b == 0 {
		return Missing
	}
	switch days := max(a-b, b-a); {
	case days <= 3:
		return WithinDays
	case days <= 30:
		return WithinWeeks
	case days <= 90:
		return WithinMonths
	}
	return Later
}
