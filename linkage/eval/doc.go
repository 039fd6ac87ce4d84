// Package eval measures linkage on records whose persons are known, and
// estimates the model's table from them.
//
//	set    ─Run────► clusters ─Measure─► precision, recall, F1, count error
//	       ─Label──► patterns ─linkage.EstimateModel─► model/model.json
//
// A Set holds records and, for each, the true person and household. The sample
// in testdata is cut from a generated set: nobody in it exists. RAKSA_LINKAGE_DATA
// names a folder with a bigger set for the tests of this package:
//
//	RAKSA_LINKAGE_DATA=folder go test -v -run Labelled ./linkage/eval
//	RAKSA_LINKAGE_DATA=folder go test -run Estimate ./linkage/eval -update
//
// The folder holds records.csv and truth.csv, or both with .gz. What is
// measured on data that the model was estimated on flatters; Run on one half
// with a model from the other half does not, and the tests print both.
package eval
