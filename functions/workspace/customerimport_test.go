package workspace_test

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
)

// importing is a request with a file of customers.
func (r *rig) importing(query, file string) request {
	q := r.ofCustomers("editor", http.MethodPost, "import"+query, file)
	q.header = map[string]string{"Content-Type": "text/csv; charset=UTF-8"}

	return q
}

// TestImportCustomers answers each row of a file, in either format, and no answer and no log line has a number, an address or a name.
func TestImportCustomers(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.put(neem, "Neem")
	r.phoneKey()
	const file = "phone,name,status,occurredAt,evidence\n+919000000001,Ira Sample,ACTIVE,2026-11-01T10:20:12+05:30,form 12\n,Nobody,,,\n9000000001,,INACTIVE,,\n"

	lines := r.want(http.StatusOK, r.importing("", file)).Body
	r.contains(lines, `{"row":2,"result":"created","key":"`, `"status":"ACTIVE","marketing":false}`+"\n"+`{"row":3,"result":"invalid","field":"phone","why":"is empty"}`+"\n"+`{"row":4,"result":"withdrawn","key":"`,
		`"status":"INACTIVE","marketing":false}`+"\n"+`{"end":"complete","rows":3,"results":{"created":1,"invalid":1,"withdrawn":1}}`+"\n")
	r.contains(r.want(http.StatusBadRequest, r.importing("", "phone,Ira Sample\n+919000000001,ira@example.test\n")).Body, "column 2")
	table := r.want(http.StatusOK, r.importing("?format=csv&from=3", file)).Body
	r.contains(table, "row,result,key,status,marketing,field,why\n3,invalid,,,,phone,is empty\n4,unchanged,", ",INACTIVE,false,,\n,complete,,,,,2 rows\n")
	if strings.Contains(table, "\n2,") {
		t.Errorf("got %s", table)
	}
	if none := r.want(http.StatusOK, r.importing("?from=5", file)).Body; none != `{"end":"complete","rows":0,"results":{}}`+"\n" {
		t.Errorf("got %s", none)
	}
	for _, body := range []string{lines, table, r.logs.String()} {
		if strings.Contains(body, "000000001") || strings.Contains(body, "Ira") || strings.Contains(body, "form 12") {
			t.Errorf("personal data in %s", body)
		}
	}

	r.named(http.StatusBadRequest, "header", r.importing("", "name\nIra\n"))
	r.named(http.StatusBadRequest, "header", r.importing("", "phone,nme\n9000000001,Ira\n"))
	r.named(http.StatusBadRequest, "from", r.importing("?from=0", file))
	r.named(http.StatusBadRequest, "from", r.importing("?from=two", file))
	r.named(http.StatusBadRequest, "format", r.importing("?format=xlsx", file))
	typed := r.importing("", file)
	typed.header["Content-Type"] = "application/vnd.ms-excel"
	r.want(http.StatusUnsupportedMediaType, typed)
	packed := r.importing("", file)
	packed.header["Content-Encoding"] = "gzip"
	r.want(http.StatusUnsupportedMediaType, packed)
	r.want(http.StatusRequestEntityTooLarge, r.importing("", strings.Repeat("9", 33<<20)))
	elsewhere := r.importing("", file)
	elsewhere.path, elsewhere.token = "/v1/accounts/899/customers/import", r.operator()
	r.want(http.StatusNotFound, elsewhere)
}

// TestImportStops says how far it came when the store fails in the middle, and goes on from there.
func TestImportStops(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.put(neem, "Neem")
	r.phoneKey()
	file := "phone\n" + strings.Repeat("9000000001\n", 40)
	r.want(http.StatusOK, r.importing("", file))
	rule, err := r.cloud.Rules().Add(cloud.Rule{Method: "BatchGetDocuments", Match: "customers/", Skip: 10, Mode: cloud.FailBefore, Code: codes.DeadlineExceeded})
	if err != nil {
		t.Fatal(err)
	}
	stopped := r.want(http.StatusOK, r.importing("", file)).Body
	r.contains(stopped, `{"row":11,"result":"unchanged"`, `{"end":"stopped","rows":10,"results":{"unchanged":10},"next":12,"why":"`)
	r.want(http.StatusServiceUnavailable, r.importing("?from=12", file))
	r.cloud.Rules().Remove(rule)
	r.contains(r.want(http.StatusOK, r.importing("?from=12", file)).Body, `{"end":"complete","rows":30,"results":{"unchanged":30}}`)
}

// beginImport sends the beginning of a file over a connection, and returns where the rest is written to and the answer is read from.
func (r *rig) beginImport(first string) (rows *io.PipeWriter, answer io.Reader) {
	r.t.Helper()
	server := httptest.NewServer(r.handler)
	r.t.Cleanup(server.Close)
	file, rows := io.Pipe()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, server.URL+"/v1/accounts/"+neem+"/customers/import", file)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+r.token("editor", neem))
	req.Header.Set("Content-Type", "text/csv")
	go func() {
		if _, unsent := io.WriteString(rows, first); unsent != nil {
			r.t.Error(unsent)
		}
	}()
	res, err := server.Client().Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = res.Body.Close() })

	return rows, res.Body
}

// TestImportIsStreamed answers rows while the file is sent, for longer than any other request may take.
func TestImportIsStreamed(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.put(neem, "Neem")
	r.phoneKey()
	const limit = 3 * time.Second // what comes before the first row has to be done within it
	r.handler = r.build(map[string]string{"REQUEST_TIMEOUT": limit.String(), "PROVIDER_TIMEOUT": "2500ms", "IMPORT_TIMEOUT": "60s"})
	rows, answer := r.beginImport("phone\n9000000001\n")
	send := func(text string) {
		if _, unsent := io.WriteString(rows, text); unsent != nil {
			t.Error(unsent)
		}
	}
	answers := bufio.NewReader(answer)
	next := func(want string) {
		t.Helper()
		line, err := answers.ReadString('\n')
		if err != nil || !strings.Contains(line, want) {
			t.Fatalf("got %q, %v, want %q", line, err, want)
		}
	}
	next(`"row":2`)
	began := time.Now()
	for time.Since(began) < limit+100*time.Millisecond {
		<-time.After(50 * time.Millisecond)
	}
	go send("9000000002\n")
	next(`"row":3`)
	go func() { _ = rows.Close() }()
	next(`"end":"complete","rows":2`)
}

// TestImportTimeout ends an import whose time is over, and says from where to go on.
func TestImportTimeout(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.put(neem, "Neem")
	r.phoneKey()
	r.handler = r.build(map[string]string{"IMPORT_TIMEOUT": "3s"}) // the first row has to be written within it
	rows, answer := r.beginImport("phone\n9000000001\n")
	got, err := io.ReadAll(answer)
	if err != nil || !strings.Contains(string(got), `{"end":"stopped","rows":1,"results":{"created":1},"next":3,"why":"`) {
		t.Errorf("got %s, %v", got, err)
	}
	_ = rows.Close()
}
