package server

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	enrollv1 "raksa/gen/raksa/enroll/v1"
	"raksa/gen/raksa/enroll/v1/enrollv1connect"
	syncv1 "raksa/gen/raksa/sync/v1"
	"raksa/gen/raksa/sync/v1/syncv1connect"
)

// procedures lists the procedures of service descriptors as Connect names them.
func procedures(files ...protoreflect.FileDescriptor) (names []string) {
	for _, file := range files {
		for i := range file.Services().Len() {
			service := file.Services().Get(i)
			for j := range service.Methods().Len() {
				names = append(names, "/"+string(service.FullName())+"/"+string(service.Methods().Get(j).Name()))
			}
		}
	}
	return names
}

// ours gives every file of this module that is linked into the program.
func ours() (files []protoreflect.FileDescriptor) {
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		if strings.HasPrefix(string(file.Package()), "raksa.") {
			files = append(files, file)
		}
		return true
	})
	return files
}

// unruled lists the procedures that the table does not name.
func unruled(table map[string]rule, files ...protoreflect.FileDescriptor) (forgotten []string) {
	for _, name := range procedures(files...) {
		if table[name] != ruleDevice && table[name] != ruleTicket {
			forgotten = append(forgotten, name)
		}
	}
	return forgotten
}

func TestEveryProcedureHasARule(t *testing.T) {
	if forgotten := unruled(rules, ours()...); len(forgotten) != 0 {
		t.Errorf("procedures without a rule: %q", forgotten)
	}
	all := procedures(enrollv1.File_raksa_enroll_v1_enroll_proto, syncv1.File_raksa_sync_v1_sync_proto, syncv1.File_raksa_sync_v1_carry_proto)
	for name := range rules {
		if !slices.Contains(all, name) {
			t.Errorf("the table rules %s, which is no procedure", name)
		}
	}
	if len(all) != len(procedures(ours()...)) || len(all) < 2 {
		t.Errorf("the walk meets %d procedures, the two packages have %d", len(procedures(ours()...)), len(all))
	}
}

// The test above can fail: a service that nobody put into the table is found.
func TestAForgottenProcedureIsFound(t *testing.T) {
	empty := ".raksa.fixture.v1.Nothing"
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: proto.String("fixture.proto"), Package: proto.String("raksa.fixture.v1"), Syntax: proto.String("proto3"),
		MessageType: []*descriptorpb.DescriptorProto{{Name: proto.String("Nothing")}},
		Service: []*descriptorpb.ServiceDescriptorProto{{
			Name:   proto.String("ExportService"),
			Method: []*descriptorpb.MethodDescriptorProto{{Name: proto.String("ExportAll"), InputType: &empty, OutputType: &empty}},
		}},
	}, nil)
	must(t, err)
	if got := unruled(rules, append(ours(), file)...); !slices.Equal(got, []string{"/raksa.fixture.v1.ExportService/ExportAll"}) {
		t.Fatalf("the walk finds %q", got)
	}
	if got := unruled(map[string]rule{"/raksa.fixture.v1.ExportService/ExportAll": "anybody"}, file); len(got) != 1 {
		t.Error("a rule that does not exist is taken for one")
	}
}

// call posts a message to a procedure without a certificate.
func call(t *testing.T, o *Office, procedure string, body io.Reader) (status int, text string) {
	t.Helper()
	listening := httptest.NewServer(o.Procedures())
	defer listening.Close()
	answer, err := http.Post(listening.URL+procedure, "application/proto", body)
	must(t, err)
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	must(t, err)
	return answer.StatusCode, string(raw)
}

func TestAProcedureForDevicesAnswersNobodyWithoutACertificate(t *testing.T) {
	d := newDesk(t)
	status, text := call(t, d.Office, syncv1connect.SyncServiceSyncProcedure, http.NoBody)
	if status != http.StatusForbidden || !strings.Contains(text, "no_rule") {
		t.Errorf("it answers %d, %s", status, text)
	}
	if status, _ := call(t, d.Office, "/raksa.sync.v1.SyncService/Forgotten", http.NoBody); status != http.StatusNotFound {
		t.Errorf("a procedure that is not there answers %d", status)
	}
}

func TestAMessageOverItsLimitIsRefused(t *testing.T) {
	d := newDesk(t)
	for _, row := range []struct {
		procedure string
		size      int
		refused   bool
	}{
		{enrollv1connect.EnrollServiceEnrollProcedure, enrollBytesMax - 100, false},
		{enrollv1connect.EnrollServiceEnrollProcedure, enrollBytesMax + 100, true},
		{syncv1connect.SyncServiceSyncProcedure, messageBytesMax + 100, true},
	} {
		message, err := proto.Marshal(&enrollv1.EnrollRequest{Csr: bytes.Repeat([]byte{1}, row.size)})
		must(t, err)
		_, text := call(t, d.Office, row.procedure, bytes.NewReader(message))
		if refused := strings.Contains(text, "resource_exhausted"); refused != row.refused {
			t.Errorf("%s, %d bytes: %s", row.procedure, row.size, text)
		}
	}
}

func TestHealthAndMetricsAnswer(t *testing.T) {
	d := newDesk(t)
	call(t, d.Office, enrollv1connect.EnrollServiceEnrollProcedure, http.NoBody)
	call(t, d.Office, syncv1connect.SyncServiceSyncProcedure, http.NoBody)
	listening := httptest.NewServer(d.Office.desk(nil))
	defer listening.Close()
	for path, want := range map[string][]string{
		"/healthz": {"ok"},
		"/metrics": {
			`raksa_calls_total{code="invalid_argument",procedure="/raksa.enroll.v1.EnrollService/Enroll"} 1`,
			`raksa_refusals_total{kind="rule"} 1`, "raksa_call_seconds_bucket",
		},
	} {
		answer, err := http.Get(listening.URL + path)
		must(t, err)
		raw, err := io.ReadAll(answer.Body)
		must(t, err)
		answer.Body.Close()
		for _, line := range want {
			if answer.StatusCode != http.StatusOK || !strings.Contains(string(raw), line) {
				t.Errorf("%s answers %s without %q", path, answer.Status, line)
			}
		}
	}
}
