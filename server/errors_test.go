package server

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"connectrpc.com/connect"

	"raksa/carrier"
	"raksa/syncengine"
)

// Every error that a device can meet, with the code it is told. What only the
// desk meets is told there.
var told = []struct {
	err    error
	code   connect.Code
	reason string
}{
	{&syncengine.Refused{Code: syncengine.RefusedSignature}, connect.CodeInvalidArgument, "page_signature"},
	{&syncengine.Refused{Code: syncengine.RefusedLimit}, connect.CodeInvalidArgument, "page_limit"},
	{&syncengine.Refused{Code: syncengine.RefusedChain}, connect.CodeInvalidArgument, "page_chain"},
	{&syncengine.Malformed{What: "page", Reason: "ends early"}, connect.CodeInvalidArgument, "page_bytes"},
	{&Denied{Reason: "node_of_another_device"}, connect.CodePermissionDenied, "node_of_another_device"},
	{&UnknownDevice{}, connect.CodeUnauthenticated, "unknown_device"},
	{ErrTicketUnknown, connect.CodePermissionDenied, "ticket_unknown"},
	{ErrTicketExpired, connect.CodeFailedPrecondition, "ticket_expired"},
	{ErrTicketUsed, connect.CodeFailedPrecondition, "ticket_used"},
	{errBadRequest, connect.CodeInvalidArgument, "bad_request"},
	{syncengine.ErrUnavailable, connect.CodeUnavailable, "store_away"},
	{syncengine.ErrBusy, connect.CodeUnavailable, "store_busy"},
	{syncengine.ErrOutcomeUnknown, connect.CodeUnavailable, "outcome_unknown"},
	{carrier.ErrSender, connect.CodePermissionDenied, "bundle_sender"},
	{carrier.ErrOtherReceiver, connect.CodeInvalidArgument, "bundle_receiver"},
	{carrier.ErrDamaged, connect.CodeInvalidArgument, "bundle_bytes"},
	{context.Canceled, connect.CodeCanceled, "canceled"},
	{context.DeadlineExceeded, connect.CodeDeadlineExceeded, "deadline"},
}

func TestEveryErrorHasOneCodeAndEveryCodeOneError(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range told {
		got := mapError(fmt.Errorf("exchange with device 1: %w", row.err))
		if got.Code() != row.code || got.Message() != row.reason {
			t.Errorf("%T becomes %v, %q", row.err, got.Code(), got.Message())
		}
		if seen[row.reason] {
			t.Errorf("two errors are told as %q", row.reason)
		}
		seen[row.reason] = true
	}
}

func TestAnUnknownErrorTellsNothing(t *testing.T) {
	got := mapError(errors.New("open /var/lib/raksa/office.db: SOK Chanthy"))
	if got.Code() != connect.CodeInternal || got.Message() != "internal" {
		t.Errorf("the caller is told %q", got.Message())
	}
}

// Codes of errors.go are written there once each: a code that stands in two
// cases is two errors that nobody can tell apart.
func TestACodeStandsInTheMapOnce(t *testing.T) {
	source, err := os.ReadFile("errors.go")
	must(t, err)
	counts := map[string]int{}
	for _, found := range regexp.MustCompile(`answer\(connect\.\w+, ([^)]+)\)`).FindAllStringSubmatch(string(source), -1) {
		counts[found[1]]++
	}
	for code, count := range counts {
		if count != 1 {
			t.Errorf("%s stands there %d times", code, count)
		}
	}
	if len(counts) < 10 {
		t.Errorf("only %d codes were found in the source", len(counts))
	}
}

// deskOnly are the errors that no device meets: deskerror.go has their codes, or
// only the log of the program tells them.
var deskOnly = []string{
	"AuditBroken", "ErrNoBackup", "BackupDamaged", "OtherBacksUp", "ErrNoSlip", "TooSoon", "errNoStaff", "errNoOrganisation",
	"OtherFollows", // nobody meets it but the follower
	"earlierWaits", // nobody meets it: the exchange begins again
}

// A new error is put into one of the two maps, or this fails.
func TestNoErrorOfThisPackageIsInNoMap(t *testing.T) {
	names := map[string]bool{}
	for _, row := range told {
		names[strings.TrimPrefix(fmt.Sprintf("%T", row.err), "*server.")] = true
	}
	desk, err := os.ReadFile("deskerror.go")
	must(t, err)
	maps, err := os.ReadFile("errors.go")
	must(t, err)
	for _, name := range errorsOfPackage(t) {
		used := regexp.MustCompile(`\b` + name + `\b`)
		if !names[name] && !used.Match(maps) && !used.Match(desk) && !slices.Contains(deskOnly, name) {
			t.Errorf("%s has no code", name)
		}
	}
}

// errorsOfPackage lists the types and variables of this package that are errors.
// A wrapper (it has Unwrap) is told as what it wraps.
func errorsOfPackage(t *testing.T) (names []string) {
	t.Helper()
	wrappers := map[string]bool{}
	entries, err := os.ReadDir(".")
	must(t, err)
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), entry.Name(), nil, 0)
		must(t, err)
		for _, declared := range file.Decls {
			names = append(names, errorsIn(declared)...)
			for _, name := range receiversOf(declared, "Unwrap") {
				wrappers[name] = true
			}
		}
	}
	names = slices.DeleteFunc(names, func(name string) bool { return wrappers[name] })
	if len(names) < 10 {
		t.Fatalf("only %d errors were found in the package", len(names))
	}
	return names
}

func errorsIn(declared ast.Decl) (names []string) {
	switch declared := declared.(type) {
	case *ast.FuncDecl:
		return receiversOf(declared, "Error")
	case *ast.GenDecl:
		if declared.Tok != token.VAR {
			return nil
		}
		for _, spec := range declared.Specs {
			for _, name := range spec.(*ast.ValueSpec).Names {
				if strings.HasPrefix(strings.ToLower(name.Name), "err") {
					names = append(names, name.Name)
				}
			}
		}
	}
	return names
}

// receiversOf gives the type that has a method of this name on its pointer.
func receiversOf(declared ast.Decl, method string) []string {
	fn, is := declared.(*ast.FuncDecl)
	if !is || fn.Recv == nil || fn.Name.Name != method {
		return nil
	}
	star, is := fn.Recv.List[0].Type.(*ast.StarExpr)
	if !is {
		return nil
	}
	return []string{star.X.(*ast.Ident).Name}
}
