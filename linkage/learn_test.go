package linkage

import "testing"

// Where a field says the opposite of what the table expects, a list is better
// served by its own figures.
func TestLearnedFollowsTheList(t *testing.T) {
	pattern := func(given, sector Level) []Agreement {
		var all []Agreement
		for _, f := range fieldLevels {
			level := Missing
			switch f.field {
			case FieldGiven, FieldFamily:
				level = given
			case FieldSector:
				level = sector
			}
			all = append(all, Agreement{f.field, level})
		}
		return all
	}
	alike, unlike := pattern(Spelled, Differs), pattern(Apart, Equal)
	var list [][]Agreement
	for range 400 {
		list = append(list, alike, unlike)
	}
	model := DefaultModel()
	learned := model.Learned(list)
	differs, same := Agreement{FieldSector, Differs}, Agreement{FieldSector, Equal}
	if !(model.bits[same].same > model.bits[differs].same && learned.bits[differs].same > learned.bits[same].same) {
		t.Errorf("sector: table %+v %+v, learned %+v %+v", model.bits[same], model.bits[differs], learned.bits[same], learned.bits[differs])
	}
	if few := model.Learned(list[:10]); few != model {
		t.Error("ten pairs were enough to learn from")
	}
}
