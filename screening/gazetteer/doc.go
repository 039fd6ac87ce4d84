// Package gazetteer turns place codes into names, and what somebody types into
// places: Cambodia down to the village, Thailand down to the district.
//
// Nouns: a Gazetteer (one country, one edition) and a Place (code, names, the
// way up to the province).
//
//	01 ─ 0102 ─ 010201 ─ 01020101      province, district, commune, village
//
// Codes are text, two digits a level, and leading zeros belong to them. A
// village name alone identifies nothing (153 villages are called "New"), so a
// Place knows its parents. Codes retire: a code that is not found is an old
// one, never an error, and the answer keeps its text and its edition.
//
// It promises a look-up that forgives script (Khmer or Thai, or Latin), case,
// blanks, the Khmer subscripts DA and TA that look alike, and common doubled
// letters. It does not guess between romanisations; that is linkage's work.
// Sources and licences: data/README.md.
package gazetteer
