package cloud

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
)

// Call is one traced call.
type Call struct {
	// Method is without the leading slash: "google.firestore.v1.Firestore/Commit".
	Method string `json:"method"`
	// Names are the documents, collections, topic, subscription or secret it is about.
	Names []string `json:"names,omitempty"`
	// Rule is the id of the rule that hit it.
	Rule string `json:"rule,omitempty"`
	// Done says that it was answered, Code with what.
	Done bool       `json:"done"`
	Code codes.Code `json:"code"`
}

// Recorder counts the calls by method and, if switched on, keeps them in the order of their beginning.
type Recorder struct {
	mu      sync.Mutex
	counts  map[string]int
	tracing bool
	trace   []*Call
}

func newRecorder() *Recorder { return &Recorder{counts: map[string]int{}} }

// Counts returns how often each method was called since the start or the last Reset, failed calls too.
func (r *Recorder) Counts() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.counts)
}

// Count is how often methods with that name, in the spelling of [Rule].Method, were called.
func (r *Recorder) Count(method string) int {
	r.mu.Lock()
	defer r.mu.Unlock()

	n := 0
	for m, k := range r.counts {
		if (Rule{Method: method}).matches(m, nil) {
			n += k
		}
	}

	return n
}

// Trace switches the trace on, from empty, or off, keeping what it has.
func (r *Recorder) Trace(on bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.tracing = on; on {
		r.trace = nil
	}
}

// Calls returns the trace in the order in which the calls began.
func (r *Recorder) Calls() []Call {
	r.mu.Lock()
	defer r.mu.Unlock()

	out := make([]Call, len(r.trace))
	for i, c := range r.trace {
		out[i] = *c
		out[i].Names = slices.Clone(c.Names)
	}

	return out
}

// Reset sets all counts to zero and empties the trace.
func (r *Recorder) Reset() {
	r.mu.Lock()
	defer r.mu.Unlock()

	clear(r.counts)
	r.trace = nil
}

// begin counts a call and returns its entry in the trace, or nil.
func (r *Recorder) begin(method string, names func() []string) *Call {
	r.mu.Lock()
	defer r.mu.Unlock()

	r.counts[method]++
	if !r.tracing {
		return nil
	}

	c := &Call{Method: method, Names: names()}
	r.trace = append(r.trace, c)

	return c
}

// end completes an entry.
func (r *Recorder) end(c *Call, rule string, code codes.Code) {
	if c == nil {
		return
	}

	r.mu.Lock()
	defer r.mu.Unlock()

	c.Rule, c.Code, c.Done = rule, code, true
}

// callNames lists what a request is about.
func callNames(req any) []string {
	var names []string
	add := func(n string) {
		if n != "" {
			names = append(names, n)
		}
	}

	switch r := req.(type) {
	case *firestorepb.BatchGetDocumentsRequest:
		return r.GetDocuments()
	case *firestorepb.CommitRequest:
		return writeNames(r.GetWrites())
	case *firestorepb.ListenRequest:
		q := r.GetAddTarget().GetQuery()
		return append(queryNames(q.GetParent(), q.GetStructuredQuery()), r.GetAddTarget().GetDocuments().GetDocuments()...)
	case *firestorepb.RunQueryRequest:
		return queryNames(r.GetParent(), r.GetStructuredQuery())
	case *firestorepb.RunAggregationQueryRequest:
		return queryNames(r.GetParent(), r.GetStructuredAggregationQuery().GetStructuredQuery())
	}

	if r, ok := req.(interface{ GetName() string }); ok {
		add(r.GetName())
	}

	if r, ok := req.(interface{ GetTopic() string }); ok {
		add(r.GetTopic())
	}

	if r, ok := req.(interface{ GetSubscription() string }); ok {
		add(r.GetSubscription())
	}

	if r, ok := req.(interface{ GetParent() string }); ok {
		parent := r.GetParent()
		if c, isList := req.(interface{ GetCollectionId() string }); isList {
			parent += "/" + c.GetCollectionId()
		}
		if c, isCreate := req.(interface{ GetSecretId() string }); isCreate {
			parent += "/secrets/" + c.GetSecretId()
		}

		add(strings.TrimSuffix(parent, "/"))
	}

	return names
}

func writeNames(writes []*firestorepb.Write) []string {
	names := make([]string, 0, len(writes))
	for _, w := range writes {
		switch op := w.GetOperation().(type) {
		case *firestorepb.Write_Update:
			names = append(names, op.Update.GetName())
		case *firestorepb.Write_Delete:
			names = append(names, op.Delete)
		case *firestorepb.Write_Transform:
			names = append(names, op.Transform.GetDocument())
		}
	}

	return names
}

func queryNames(parent string, q *firestorepb.StructuredQuery) []string {
	names := make([]string, 0, 1)
	for _, f := range q.GetFrom() {
		names = append(names, parent+"/"+f.GetCollectionId())
	}
	return names
}
