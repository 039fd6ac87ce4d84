package linkage

// A Field is one thing that a record pair is compared on. Its text is a stable
// code: stored with scores, and the key of the words that people read.
type Field string

// The compared fields, in the order in which parts are listed.
const (
	FieldFamily     Field = "family"
	FieldGiven      Field = "given"
	FieldNameOrder  Field = "name_order"
	FieldSex        Field = "sex"
	FieldBirth      Field = "birth"
	FieldPlace      Field = "place"
	FieldPhone      Field = "phone"
	FieldNationalID Field = "national_id"
	FieldBatch      Field = "batch"
	FieldSector     Field = "sector"
	FieldGap        Field = "gap"
	FieldSource     Field = "source"
	fieldCount            = 12
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

	Equal   Level = "same"
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
	{FieldFamily, []Level{Spelled, Sounds, SoundsClose, SoundsNear, Tail, SoundsFar, Apart}},
	{FieldGiven, []Level{Spelled, Sounds, SoundsClose, SoundsNear, Tail, SoundsFar, Apart}},
	{FieldNameOrder, []Level{Straight, Swapped}},
	{FieldSex, []Level{Equal, Differs}},
	{FieldBirth, []Level{
		DateSame, DateTurned, DateSlip, DateSameYear, DateNear, DateApart,
		YearSame, YearNear, YearClose, YearApart, AgeFits, AgeNear, AgeClose, AgeOff, AgeApart,
	}},
	{FieldPlace, []Level{
		VillageSame, VillageDiffers, CommuneSame, CommuneDiffers,
		DistrictSame, DistrictDiffers, ProvinceSame, ProvinceDiffers,
	}},
	{FieldPhone, []Level{Equal, Shared, Near, Differs}},
	{FieldNationalID, []Level{Equal, Near, Differs}},
	{FieldBatch, []Level{Equal, Near, Differs}},
	{FieldSector, []Level{Equal, Differs}},
	{FieldGap, []Level{WithinDays, WithinWeeks, WithinMonths, Later}},
	{FieldSource, []Level{Equal, Differs}},
}

// Agreements lists every level that every field can take, Missing included, so
// that a page can prove it has words for each.
func Agreements() []Agreement {
	var all []Agreement
	for _, f := range fieldLevels {
		for _, l := range f.levels {
			all = append(all, Agreement{f.field, l})
		}
		all = append(all, Agreement{f.field, Missing})
	}
	return all
}
