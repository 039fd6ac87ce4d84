package sheet

import (
	"strings"
	"testing"
)

func TestColumnsAreReadByTheMapAndNothingElse(t *testing.T) {
	columns, err := ReadColumns(strings.NewReader(`{"rec_id":"key","given_name_latin":"first"}`))
	if err != nil {
		t.Fatal(err)
	}
	records, err := PeopleBy(columns, strings.NewReader("key,first,phone,rec_id\nr1,Sokha,012345678,x\n"))
	if err != nil || len(records) != 1 || records[0].ID != "r1" || records[0].GivenLatin != "Sokha" || records[0].Phone != "" {
		t.Errorf("%+v, %v", records, err)
	}
	if _, err := PeopleBy(columns, strings.NewReader("key\nr1\n")); err == nil || err.Error() != "people: column first is missing" {
		t.Errorf("a missing column: %v", err)
	}
	if _, err := ReadColumns(strings.NewReader(`{"nickname":"x"}`)); err == nil {
		t.Error("an unknown column was taken")
	}
}
