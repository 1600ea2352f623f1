// Package openapi holds what a function answers in its tests to the OpenAPI file that describes it. It validates with kin-openapi, which is
// for tests only: linked into a function it would add 9 ms to its start.
package openapi

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// Description is an OpenAPI file, and the answers that the tests of its package have seen. It is safe for concurrent use.
type Description struct {
	read func() (*openapi3.T, error)
	// answered are the answers that tests have seen, as "GET /path 200".
	answered sync.Map
}

// New returns the description that the text of an OpenAPI file is. It is read when it is first needed.
func New(text []byte) *Description {
	return &Description{read: sync.OnceValues(func() (*openapi3.T, error) {
		readable()
		return openapi3.NewLoader().LoadFromData(text)
	})}
}

// readable has kin-openapi take bodies in YAML, HTML and lines of JSON, which it does not know by itself.
var readable = sync.OnceFunc(func() {
	openapi3filter.RegisterBodyDecoder("application/yaml", openapi3filter.YamlBodyDecoder)
	openapi3filter.RegisterBodyDecoder("text/html", openapi3filter.PlainBodyDecoder)
	openapi3filter.RegisterBodyDecoder("application/x-ndjson", openapi3filter.PlainBodyDecoder)
})

// document returns the file as kin-openapi reads it.
func (d *Description) document(tb testing.TB) *openapi3.T {
	tb.Helper()

	doc, err := d.read()
	if err != nil {
		tb.Fatalf("openapi.yaml: %v", err)
	}

	return doc
}

// Check fails the test unless the file is sound, with its examples, names and sums up each operation, and has exactly the operations that are
// served, such as "GET /v1/accounts".
func (d *Description) Check(tb testing.TB, served ...string) {
	tb.Helper()
	doc := d.document(tb)

	err := doc.Validate(tb.Context(), openapi3.EnableExamplesValidation(), openapi3.EnableSchemaFormatValidation())
	if err != nil {
		tb.Error(err)
	}

	var described []string

	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			described = append(described, method+" "+path)

			if operation.OperationID == "" || operation.Summary == "" {
				tb.Errorf("%s %s has no name or no summary", method, path)
			}
		}
	}

	slices.Sort(described)

	if diff := cmp.Diff(slices.Sorted(slices.Values(served)), described); diff != "" {
		tb.Errorf("routes (-served +described):\n%s", diff)
	}
}

// Queries returns the names of the parameters that the query of each operation may have, sorted, by operations such as "GET /v1/accounts".
func (d *Description) Queries(tb testing.TB) map[string][]string {
	tb.Helper()

	all := map[string][]string{}

	for path, item := range d.document(tb).Paths.Map() {
		for method, operation := range item.Operations() {
			for _, p := range slices.Concat(item.Parameters, operation.Parameters) {
				if p.Value.In == openapi3.ParameterInQuery {
					all[method+" "+path] = append(all[method+" "+path], p.Value.Name)
				}
			}

			slices.Sort(all[method+" "+path])
		}
	}

	return all
}

// Hold returns the handler with each answer held to the description, and the request of each answer that is a success. A HEAD is held to
// the GET of its path, without its body. A request that is not described, other than OPTIONS, may only be refused.
func (d *Description) Hold(tb testing.TB, h http.Handler) http.Handler {
	tb.Helper()
	doc := d.document(tb)

	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent := &body{ReadCloser: r.Body}
		held := r.Clone(r.Context())
		held.Body = sent
		got := &recorder{ResponseWriter: w, status: http.StatusOK}

		h.ServeHTTP(got, held)
		got.end()
		d.hold(tb, doc, r, sent.read.Bytes(), got)
	})
}

// hold holds an answer to the description.
func (d *Description) hold(tb testing.TB, doc *openapi3.T, r *http.Request, sent []byte, got *recorder) {
	tb.Helper()

	route, args, described := routeOf(doc, r)
	if !described {
		if got.status < http.StatusMultipleChoices && r.Method != http.MethodOptions {
			tb.Errorf("%s %s is answered %d and is not described", r.Method, r.URL.Path, got.status)
		}

		return
	}

	d.answered.Store(fmt.Sprint(route.Method, " ", route.Path, " ", got.status), true)

	again := r.Clone(tb.Context())
	again.Method, again.Body = route.Method, reader(sent) // of a HEAD kin-openapi checks nothing
	in := &openapi3filter.RequestValidationInput{
		Request:    again,
		PathParams: args,
		Route:      route,
		Options: &openapi3filter.Options{
			AuthenticationFunc:    openapi3filter.NoopAuthenticationFunc,
			ExcludeResponseBody:   r.Method == http.MethodHead,
			IncludeResponseStatus: true,
			MultiError:            true,
		},
	}

	if got.status < http.StatusMultipleChoices {
		if err := openapi3filter.ValidateRequest(tb.Context(), in); err != nil {
			tb.Errorf("%s %s is answered %d and is not as described: %v", r.Method, r.URL.Path, got.status, err)
		}
	}

	err := openapi3filter.ValidateResponse(tb.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in,
		Status:                 got.status,
		Header:                 got.header,
		Body:                   reader(withoutMark(got.written.Bytes())),
		Options:                in.Options,
	})
	if err != nil {
		tb.Errorf("%s %s: the answer %d is not as described: %v", r.Method, r.URL.Path, got.status, err)
	}
}

// routeOf returns the operation that describes a request, with what stands in its path for the names there; false if none does.
func routeOf(doc *openapi3.T, r *http.Request) (route *routers.Route, args map[string]string, described bool) {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}

	for pattern, item := range doc.Paths.Map() {
		args, fits := match(pattern, r.URL)
		if operation := item.GetOperation(method); fits && operation != nil {
			return &routers.Route{Spec: doc, Path: pattern, PathItem: item, Method: method, Operation: operation}, args, true
		}
	}

	return nil, nil, false
}

// match reports whether a path has the pattern, in which a name in braces stands for any segment that is not empty.
func match(pattern string, u *url.URL) (args map[string]string, fits bool) {
	want, got := strings.Split(pattern, "/"), strings.Split(u.EscapedPath(), "/")
	if len(want) != len(got) {
		return nil, false
	}

	args = map[string]string{}

	for i, segment := range want {
		text, err := url.PathUnescape(got[i])
		name, isName := strings.CutPrefix(segment, "{")

		switch {
		case err != nil:
			return nil, false
		case isName && text != "":
			args[strings.TrimSuffix(name, "}")] = text
		case segment != text:
			return nil, false
		}
	}

	return args, true
}

// Main runs the tests of a package, and returns the exit code for its TestMain. It fails if no test has seen an answer that the description
// has, unless only some tests were to run.
func (d *Description) Main(m *testing.M) int {
	if code := m.Run(); code != 0 || !testkit.All() {
		return code
	}

	unanswered, err := d.unanswered()
	if err != nil || len(unanswered) > 0 {
		fmt.Fprintln(os.Stderr, "openapi.yaml: no test produces", strings.Join(unanswered, ", "), err)
		return 1
	}

	return 0
}

// unanswered lists the answers of the description that no test has seen, as "GET /path 200".
func (d *Description) unanswered() ([]string, error) {
	doc, err := d.read()
	if err != nil {
		return nil, err
	}

	var all []string

	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			for status := range operation.Responses.Map() {
				answer := method + " " + path + " " + status
				if _, seen := d.answered.Load(answer); !seen {
					all = append(all, answer)
				}
			}
		}
	}

	slices.Sort(all)

	return all, nil
}
