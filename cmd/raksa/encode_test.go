package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// writePeople writes made-up persons as CSV: people FILE FROM COUNT. Equal
// numbers are equal persons; a list in Khmer script is asked for with a fourth
// argument, and has years of birth of the Buddhist era.
func writePeople(ts *testscript.TestScript, _ bool, args []string) {
	from, err := strconv.Atoi(args[1])
	ts.Check(err)
	count, err := strconv.Atoi(args[2])
	ts.Check(err)
	latin := strings.Fields("so ka vi ro chan na pheap my li da bo ra ny tha srei kun mao yut heng pov")
	khmer := strings.Fields("សុ កា វី រ៉ូ ចាន់ ណា ភាព មី លី ដា បូ រ៉ា នី ថា ស្រី គុណ ម៉ៅ យុទ្ធ ហេង ពៅ")
	var text strings.Builder
	text.WriteString("rec_id,family_name_km,given_name_km,family_name_latin,given_name_latin,sex,birth_year,birthplace_code\n")
	for i := from; i < from+count; i++ {
		x := i * 7919
		year, names := 1960+x/7%45, latin
		if len(args) > 3 {
			year, names = year+543, khmer
		}
		family, given := names[x%20]+names[x/20%20], names[x/400%20]+names[x/8000%20]
		cells := []string{"", "", family, given}
		if len(args) > 3 {
			cells = []string{family, given, "", ""}
		}
		fmt.Fprintf(&text, "r%d,%s,%s,%d,%02d%02d%02d%02d\n", i, strings.Join(cells, ","), []string{"F", "M"}[i%2], year, 1+x/3%24, 1+x/5%9, 1+x/17%9, 1+x/19%9)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text.String()), 0o600))
}
