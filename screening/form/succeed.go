package form

import (
	"fmt"
	"slices"
	"strings"
)

// Break says why a definition may not follow another in the field, and where:
// the id of an item, or "version".
type Break struct{ Where, Reason string }

func (b *Break) Error() string { return fmt.Sprintf("form definition: %s: %s", b.Where, b.Reason) }

// needed lists the items that the program itself reads or fills in. A version
// may reword them, ask them elsewhere or not at all, but not leave them out:
// consent, findings and the way home hang on them. A test holds that the list
// names every item that the program names.
var needed = []string{
	"asm_decided_agency", "asm_decided_at", "asm_decided_by", "asm_decision", "asm_dimensions", "asm_grounds", "asm_outcome",
	"asm_view", "asm_why_differs", "bat_arrived_at", "bat_counted", "bat_declared_count", "bat_gate", "bat_id", "bat_line",
	"bat_manifest", "bat_name_on_list", "chl_interviewer_trained", "cls_note", "con_child_assent", "con_guardian_name",
	"con_guardian_suspect", "con_interview", "con_method", "con_photo",
	"con_recontact", "con_record", "con_referral", "con_safe_channel", "con_withdrawn_scope", "idn_age_basis", "idn_age_stated",
	"idn_birth_date", "idn_doc_number", "idn_family_km", "idn_family_latin", "idn_given_km", "idn_given_latin", "idn_home",
	"idn_phone", "idn_phone_owner", "idn_sex", "jus_flag", "rec_age", "rec_left_home", "rec_story", "ref_needs", "ref_note",
	"ses_ended_at", "ses_language", "ses_lead", "ses_lead_agency", "ses_mode", "ses_overheard", "ses_prior_count",
	"ses_prior_refs", "ses_site", "ses_stage", "ses_started_at", "tri_basic_needs", "tri_child_alone", "tri_medical_urgent",
	"wrk_from", "wrk_pay_state", "wrk_sector",
}

// Follows reports whether the definition may follow another one in the field:
// nil, or a *Break. An id means one thing for ever: a question that changes its
// type, list, entries, group or class is a new question with a new id, which may say
// by Was what it grew out of. Else an old answer would be read as what it never
// said, or be sealed under two classes.
func (d *Definition) Follows(before *Definition) error {
	if d.version == before.version {
		return &Break{"version", "the version is not a new one"}
	}
	for _, old := range before.items {
		now := d.byID[old.ID]
		if now == nil {
			continue
		}
		if reason := becomes(old, now); reason != "" {
			return &Break{old.ID, reason + "; give the question a new id, and name this one in the column \"was\""}
		}
	}
	return d.serves(before)
}

func becomes(old, now *Item) string {
	switch {
	case old.Kind != now.Kind:
		return "the type is another"
	case old.Class != now.Class:
		return "the class is another"
	case old.Repeat != now.Repeat:
		return "the entries are others"
	case old.Group == Punished && now.Group != Punished:
		return "what could incriminate would stand with the rest"
	}
	return ""
}

// serves reports whether everything is there that the program reads, where the
// version before had it. Rules of the indicators have their own check.
func (d *Definition) serves(before *Definition) error {
	for _, item := range before.items {
		if d.byID[item.ID] == nil && (slices.Contains(needed, item.ID) || strings.HasPrefix(item.ID, "con_share_")) {
			return &Break{item.ID, "the program needs this question"}
		}
	}
	for _, list := range []string{"need", "payper", "prelim", "rdecline", "site"} {
		for _, choice := range before.lists[list] {
			if _, kept := d.Choice(list, choice.Code); !kept {
				return &Break{"list " + list, fmt.Sprintf("the program needs the choice %q", choice.Code)}
			}
		}
	}
	return nil
}

// validateWas holds that an earlier name leads to one place.
func (d *Definition) validateWas() error {
	taken := map[string]bool{}
	for _, item := range d.items {
		for _, was := range item.Was {
			if d.byID[was] != nil || taken[was] {
				return &LoadError{item.ID, fmt.Sprintf("was %q, which stands here too, or twice", was)}
			}
			taken[was] = true
		}
	}
	for list, choices := range d.lists {
		codes := map[string]bool{}
		for _, choice := range choices {
			codes[choice.Code] = true
		}
		for _, choice := range choices {
			for _, was := range choice.Was {
				if codes[was] {
					return &LoadError{"list " + list, fmt.Sprintf("choice %q was %q, which stands here too, or twice", choice.Code, was)}
				}
				codes[was] = true
			}
		}
	}
	return nil
}
