package linkage

// A Record is what a host knows about one record, as it was given. Every field
// but ID may be empty; nothing is corrected before NewProfile.
type Record struct {
	ID string // opaque, and the only thing about a record that errors name

	FamilyKhmer, GivenKhmer string
	FamilyLatin, GivenLatin string

	Sex        Sex
	BirthDate  string // "YYYY-MM-DD"; 1 January and Buddhist years are expected
	BirthYear  string // "1994", or Buddhist "2537"
	Age        string // years, as the person said
	AgeInYear  int    // the year in which Age was said; 0: the year of RecordedDay
	BirthPlace string // gazetteer code of 2, 4, 6 or 8 digits
	Phone      string // in any notation
	NationalID string

	Batch       string // the group in which the person was returned
	Sector      string // sector of exploitation, a code
	Source      string // the list or agency that wrote the record
	RecordedDay int    // days since 1970-01-01; 0 is not known
}

// Sex as recorded.
type Sex string

// The zero Sex is "not recorded".
const (
	SexUnknown Sex = ""
	Female     Sex = "F"
	Male       Sex = "M"
)
