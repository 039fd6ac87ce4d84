package sheet

import (
	"cmp"
	"encoding/csv"
	"io"
	"slices"

	"raksa/linkage"
)

// WriteClusters writes rec_id,cluster_id for every record, by rec_id.
func WriteClusters(w io.Writer, clusters []linkage.RecordCluster) error {
	var rows [][2]string
	for _, c := range clusters {
		for _, id := range c.Members {
			rows = append(rows, [2]string{id, c.ID})
		}
	}
	slices.SortFunc(rows, func(a, b [2]string) int { return cmp.Compare(a[0], b[0]) })
	out := csv.NewWriter(w)
	out.Write([]string{"rec_id", "cluster_id"})
	for _, row := range rows {
		out.Write(row[:])
	}
	out.Flush()
	return out.Error()
}
