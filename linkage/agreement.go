package linkage

import "strings"

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
	pattern, _ := patternOf(&a, &b, terms)
	return pattern[:]
}

func patternOf(a, b *Profile, terms *Terms) ([fieldCount]Agreement, nameReading) {
	if b.ID < a.ID { // Ties between readings are settled in one order.
		a, b = b, a
	}
	name := readNames(a, b)
	phone := agreeCode(a.Phone, b.Phone)
	if phone == Equal && terms.sharedPhone(a.Phone) {
		phone = Shared
	}
	return [fieldCount]Agreement{
		{FieldFamily, name.family},
		{FieldGiven, name.given},
		{FieldNameOrder, name.order},
		{FieldSex, agreeWhole(string(a.Sex), string(b.Sex))},
		{FieldBirth, agreeBirth(a.Birth, b.Birth)},
		{FieldPlace, agreePlace(a.Place, b.Place)},
		{FieldPhone, phone},
		{FieldNationalID, agreeCode(a.NationalID, b.NationalID)},
		{FieldBatch, agreeCode(a.Batch, b.Batch)},
		{FieldSector, agreeWhole(a.Sector, b.Sector)},
		{FieldGap, agreeGap(a.RecordedDay, b.RecordedDay)},
		{FieldSource, agreeWhole(a.Source, b.Source)},
	}, name
}

func agreeWhole(a, b string) Level {
	switch {
	case a == "" || b == "":
		return Missing
	case a == b:
		return Equal
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
