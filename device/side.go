package device

import (
	"slices"
	"time"

	"raksa/screening"
	"raksa/screening/indicator"
	"raksa/web"
)

// beside is what stands beside the outcome: debts, pay, harm, and the
// indicators of sexual exploitation, which are not scored.
func (a *asking) beside(result indicator.Result) (side []web.Side, unscored *web.Unscored) {
	for _, finding := range result.Side {
		one := web.Side{Kind: finding.Kind, Label: label(a.lang, finding.EN, finding.KM), Finding: states[finding.State]}
		for _, ground := range finding.Grounds {
			one.Grounds = append(one.Grounds, label(a.lang, ground.EN, ground.KM))
		}
		side = append(side, one)
	}
	if set := result.Unscored; set != nil {
		unscored = &web.Unscored{Label: label(a.lang, set.EN, set.KM), Why: label(a.lang, set.WhyEN, set.WhyKM)}
		for _, finding := range set.Findings {
			if finding.State == indicator.Present {
				unscored.Found = append(unscored.Found, finding.Name)
			}
		}
	}
	return side, unscored
}

var states = map[indicator.State]string{
	indicator.Present: "found", indicator.Absent: "not_found", indicator.Unknown: "open",
}

// computedBefore lists what closing wrote, where the rules or the answers of
// today say otherwise. It stays as it was, with the rules it came from.
func (a *asking) computedBefore(now indicator.Result) (earlier []web.PastOutcome) {
	if !a.seen.May(itemOutcome) {
		return nil
	}
	item := a.seen.Form.Item(itemOutcome)
	for _, version := range slices.Backward(a.seen.Versions(itemOutcome)) {
		before, ok := version.Answer.Value.(screening.Derived)
		if item == nil || !ok || before.Rule == now.Version && before.Result == string(now.Outcome) {
			continue
		}
		earlier = append(earlier, web.PastOutcome{Code: before.Result, At: time.UnixMilli(version.DeviceMillis), Rules: before.Rule})
	}
	return earlier
}

const itemOutcome = "asm_outcome"
