package device_test

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"testing"

	"raksa/casefile"
	"raksa/device"
	"raksa/screening"
	"raksa/syncengine"
	"raksa/vault"
	"raksa/web"
)

func TestEveryErrorHasOneCodeThatPeopleCanRead(t *testing.T) {
	for name, row := range map[string]struct {
		err  error
		code string
	}{
		"nobody signed in":               {device.ErrLocked, "session_ended"},
		"keys went while saving":         {syncengine.ErrLocked, "session_ended"},
		"not enrolled":                   {device.ErrNotEnrolled, "session_ended"},
		"covered":                        {device.ErrCovered, "covered"},
		"wrong secret":                   {device.ErrWrongSecret, "wrong_secret"},
		"too many tries":                 {&device.Wait{Seconds: 4}, "wait_before_retry"},
		"short secret":                   {device.ErrSecretShort, "secret_too_short"},
		"revoked":                        {device.ErrRevoked, "device_revoked"},
		"no ticket":                      {casefile.ErrTicket, "ticket_unknown"},
		"somebody else answers":          {device.ErrPin, "ticket_unknown"},
		"ticket used":                    {device.ErrTicketUsed, "ticket_used"},
		"ticket expired":                 {device.ErrTicketExpired, "ticket_expired"},
		"office away":                    {device.ErrUnreachable, "office_unreachable"},
		"office not signed":              {device.ErrOfficeSignature, "office_unreachable"},
		"unknown record":                 {device.ErrNotFound, "not_found"},
		"no right":                       {device.ErrNotAllowed, "not_allowed"},
		"closed":                         {device.ErrClosed, "record_closed"},
		"keys dropped":                   {syncengine.ErrNoKey, "record_closed"},
		"keys dropped, from the vault":   {&vault.KeyError{Reason: vault.ErrNoKey}, "record_closed"},
		"erased":                         {syncengine.ErrErased, "record_erased"},
		"disk full":                      {syscall.ENOSPC, "disk_full"},
		"disk full, as SQLite says it":   {syncengine.ErrNoRoom, "disk_full"},
		"a card that was pulled out":     {syncengine.ErrDisk, "not_saved"},
		"a disk that may only be read":   {syncengine.ErrReadOnly, "disk_readonly"},
		"a damaged file":                 {syncengine.ErrFile, "data_damaged"},
		"a damaged change":               {syncengine.ErrDamaged, "data_damaged"},
		"a basis that is none":           {casefile.ErrBasis, "page_outdated"},
		"a basis of another record":      {&syncengine.BadBasis{}, "page_outdated"},
		"an unknown field":               {&casefile.UnknownField{}, "answer_shape"},
		"a value of another kind":        {&screening.ValueError{}, "answer_shape"},
		"a form that is unknown":         {&casefile.NotOfKind{}, "form_unknown"},
		"an answer that does not follow": {&casefile.BadAnswer{}, "already_decided"},
		"no reason":                      {device.ErrReason, "reason_missing"},
		"no choice":                      {device.ErrChoice, "choice_missing"},
		"not confirmed":                  {device.ErrConfirm, "confirm_differs"},
		"the view first":                 {device.ErrViewFirst, "view_first"},
		"a child":                        {device.ErrChildSetting, "child_setting"},
		"no consent":                     {device.ErrNoConsent, "consent_missing"},
		"consent taken back":             {casefile.ErrNoConsent, "consent_withdrawn"},
		"a stop notice":                  {device.ErrStopped, "stop_notice"},
		"no group":                       {device.ErrGroupMissing, "group_missing"},
		"too slow":                       {context.DeadlineExceeded, "busy"},
		"what nobody thought of":         {errors.New("…"), "unexpected"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := device.Code(fmt.Errorf("save: %w", row.err)); got != row.code || !web.KnownError(got) {
				t.Fatalf("code %q, want %q", got, row.code)
			}
		})
	}
}

func TestNoTestimonyOfAChildIsTakenByAnUntrainedInterviewer(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1"})
	id := begin(t, d, "idn_sex", "male")
	young := map[string]screening.Answer{"idn_age_stated": screening.Of(screening.Int(15))}
	_, err := d.SaveAnswers(t.Context(), id, device.Edit{Answers: young})
	must(t, err)
	save(t, d, id, "wrk_employer", "a builder (made up)")
	save(t, d, id, "chl_interviewer_trained", "no")
	if _, err := d.SaveAnswers(t.Context(), id, device.Edit{Answers: answers("wrk_employer", "another")}); !errors.Is(err, device.ErrChildSetting) {
		t.Fatalf("got %v", err)
	}
	b := browse(t, d)
	b.must("/record/"+id.String(), nil)
	for _, page := range []string{"wrk-1", "wrk-2"} {
		_, text := b.post("/record/"+id.String()+"/page/"+page, nil)
		if pageAsks(text, "wrk_employer") {
			t.Fatal("the page asks for testimony")
		}
	}
	save(t, d, id, "wrk_sector", "construction") // what is no testimony goes on
}
