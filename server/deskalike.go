package server

import "raksa/linkage"

// alikeness is how alike two values of each level look to somebody who reads
// them side by side, 0 to 1. It is for the bar of the pair page only: what a
// level weighs is the model's business, and stands in the waterfall.
var alikeness = map[linkage.Level]float64{
	linkage.Spelled: 1, linkage.Sounds: 0.9, linkage.SoundsClose: 0.8, linkage.SoundsNear: 0.6,
	linkage.Tail: 0.5, linkage.SoundsFar: 0.3, linkage.Apart: 0,

	linkage.Straight: 1, linkage.Swapped: 0.7,

	linkage.Equal: 1, linkage.Shared: 1, linkage.Near: 0.8, linkage.Differs: 0,

	linkage.DateSame: 1, linkage.DateTurned: 0.9, linkage.DateSlip: 0.8, linkage.DateSameYear: 0.5,
	linkage.DateNear: 0.3, linkage.DateApart: 0,
	linkage.YearSame: 0.9, linkage.YearNear: 0.7, linkage.YearClose: 0.4, linkage.YearApart: 0,
	linkage.AgeFits: 0.9, linkage.AgeNear: 0.7, linkage.AgeClose: 0.4, linkage.AgeOff: 0.2, linkage.AgeApart: 0,

	linkage.VillageSame: 1, linkage.VillageDiffers: 0.7, linkage.CommuneSame: 0.9, linkage.CommuneDiffers: 0.5,
	linkage.DistrictSame: 0.8, linkage.DistrictDiffers: 0.3, linkage.ProvinceSame: 0.7, linkage.ProvinceDiffers: 0,

	linkage.WithinDays: 0.9, linkage.WithinWeeks: 0.6, linkage.WithinMonths: 0.3, linkage.Later: 0,
}

// alike is how alike a field's two values are; below 0 is not compared.
func alike(comparison linkage.Comparison, field linkage.Field) float64 {
	for _, part := range comparison.Parts {
		if part.Field != field {
			continue
		}
		if degree, known := alikeness[part.Level]; known {
			return degree
		}
	}
	return -1
}
