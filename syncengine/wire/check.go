package wire

import (
	syncv1 "raksa/gen/raksa/sync/v1"
	"raksa/syncengine"
)

// The comparison of both logs.

func fromCheck(c *syncengine.Check) *syncv1.Check {
	if c == nil {
		return nil
	}
	m := &syncv1.Check{}
	for _, one := range c.Ranges {
		m.Ranges = append(m.Ranges, &syncv1.Range{Prefix: uint32(one.Prefix), Count: one.Sum.Count, Sum: one.Sum.Sum})
	}
	for _, claim := range c.Claims {
		m.Claims = append(m.Claims, &syncv1.Claim{Node: claim.Node[:], Seq: claim.Mark.Seq, Id: orNone(claim.Mark.ID[:])})
	}
	return m
}

func (k *check) check(m *syncv1.Check) *syncengine.Check {
	if m == nil {
		return nil
	}
	c := &syncengine.Check{}
	for _, one := range m.GetRanges()[:k.most(len(m.GetRanges()), syncengine.CheckRangesMax, "ranges")] {
		c.Ranges = append(c.Ranges, syncengine.Range{
			Prefix: k.code(one.GetPrefix(), "prefix"), Sum: syncengine.Tally{Count: one.GetCount(), Sum: one.GetSum()},
		})
	}
	for _, one := range m.GetClaims()[:k.most(len(m.GetClaims()), claimsMax, "claims")] {
		claim := syncengine.Claim{Mark: syncengine.Mark{Seq: one.GetSeq()}}
		k.exactly(claim.Node[:], one.GetNode(), "node")
		k.exactlyOrNone(claim.Mark.ID[:], one.GetId(), "claimed id")
		c.Claims = append(c.Claims, claim)
	}
	return c
}

func fromCheckReply(c *syncengine.CheckReply) *syncv1.CheckReply {
	if c == nil {
		return nil
	}
	m := &syncv1.CheckReply{Differs: c.Differs}
	for _, one := range c.Records {
		m.Records = append(m.Records, &syncv1.RecordSum{Record: one.Record[:], Count: one.Count, Sum: one.Tally.Sum})
	}
	return m
}

func (k *check) checkReply(m *syncv1.CheckReply) *syncengine.CheckReply {
	if m == nil {
		return nil
	}
	c := &syncengine.CheckReply{Differs: k.short(m.GetDiffers(), syncengine.CheckRangesMax, "ranges")}
	for _, one := range m.GetRecords()[:k.most(len(m.GetRecords()), syncengine.CheckRecordsMax, "records")] {
		sum := syncengine.RecordSum{Tally: syncengine.Tally{Count: one.GetCount(), Sum: one.GetSum()}}
		k.exactly(sum.Record[:], one.GetRecord(), "record")
		c.Records = append(c.Records, sum)
	}
	return c
}
