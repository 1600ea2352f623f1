package firestore

import (
	"context"
	"fmt"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// answer is the result of a query and when it was true.
type answer struct {
	results
	at    *timestamppb.Timestamp
	newID []byte
}

func (s *Server) query(p *plan, r consistency) (answer, error) {
	if s.enforce {
		if err := s.catalog.check(p); err != nil {
			return answer{}, err
		}
	}
	ses, err := s.session(r)
	if err != nil {
		return answer{}, err
	}
	s.ensureIndex(p)
	out := answer{newID: ses.newID}
	out.at, err = s.read(ses.at, func(v view) error {
		out.results = v.run(p)
		if ses.txn != nil {
			ses.txn.noteQuery(p, out.docs)
		}
		return nil
	})
	return out, err
}

// RunQuery returns the documents of a query one by one.
func (v *service) RunQuery(r *pb.RunQueryRequest, stream pb.Firestore_RunQueryServer) error {
	p, err := newPlan(r.GetParent(), r.GetStructuredQuery())
	if err != nil {
		return err
	}
	a, err := v.s.query(p, r)
	if err != nil {
		return err
	}
	v.s.counters.reads.Add(int64(max(len(a.docs)+a.skipped, 1)))
	if a.newID != nil || len(a.docs) == 0 {
		if err := stream.Send(&pb.RunQueryResponse{Transaction: a.newID, ReadTime: a.at, SkippedResults: int32(a.skipped)}); err != nil { //nolint:gosec // at most the offset, an int32
			return err
		}
	}
	for _, d := range a.docs {
		if err := stream.Send(&pb.RunQueryResponse{Document: project(d, p.fields), ReadTime: a.at}); err != nil {
			return err
		}
	}
	return nil
}

// RunAggregationQuery returns counts, sums and averages over the documents of a query.
func (v *service) RunAggregationQuery(r *pb.RunAggregationQueryRequest, stream pb.Firestore_RunAggregationQueryServer) error {
	q := r.GetStructuredAggregationQuery()
	p, err := newPlan(r.GetParent(), q.GetStructuredQuery())
	if err != nil {
		return err
	}
	as, err := parseAggregations(q.GetAggregations())
	if err != nil {
		return err
	}
	for _, a := range as {
		if a.path != nil { // all aggregations run over the same index entries, so that a count misses what a sum misses
			p.required = append(p.required, a.path)
		}
	}
	found, err := v.s.query(p, r)
	if err != nil {
		return err
	}
	v.s.counters.reads.Add(int64(max((len(found.docs)+found.skipped+999)/1000, 1)))
	out := &pb.AggregationResult{AggregateFields: map[string]*pb.Value{}}
	for _, a := range as {
		out.AggregateFields[a.alias] = a.over(found.docs)
	}
	return stream.Send(&pb.RunAggregationQueryResponse{Result: out, Transaction: found.newID, ReadTime: found.at})
}

// PartitionQuery answers that the query is best run as one part, which the service may answer as well.
func (v *service) PartitionQuery(_ context.Context, r *pb.PartitionQueryRequest) (*pb.PartitionQueryResponse, error) {
	if _, err := newPlan(r.GetParent(), r.GetStructuredQuery()); err != nil {
		return nil, err
	}
	return &pb.PartitionQueryResponse{}, nil
}

// aggregation is one count, sum or average.
type aggregation struct {
	alias   string
	path    []string // of a sum or average
	average bool
	upTo    int64 // of a count; 0: no limit
}

func parseAggregations(given []*pb.StructuredAggregationQuery_Aggregation) ([]aggregation, error) {
	if len(given) == 0 || len(given) > maxAggregations {
		return nil, status.Errorf(codes.InvalidArgument, "An aggregation query needs 1 to %d aggregations.", maxAggregations)
	}
	seenAlias := map[string]bool{}
	out := make([]aggregation, len(given))
	for i, g := range given {
		a := aggregation{alias: g.GetAlias()}
		if a.alias == "" {
			a.alias = fmt.Sprintf("field_%d", i+1)
		}
		if seenAlias[a.alias] {
			return nil, status.Errorf(codes.InvalidArgument, "The alias %q is used twice.", a.alias)
		}
		seenAlias[a.alias] = true
		var err error
		switch x := g.GetOperator().(type) {
		case *pb.StructuredAggregationQuery_Aggregation_Count_:
			if x.Count.GetUpTo() != nil && x.Count.GetUpTo().GetValue() <= 0 {
				return nil, status.Error(codes.InvalidArgument, "The limit of a count must be positive.")
			}
			a.upTo = x.Count.GetUpTo().GetValue()
		case *pb.StructuredAggregationQuery_Aggregation_Sum_:
			a.path, err = parseFieldPath(x.Sum.GetField().GetFieldPath())
		case *pb.StructuredAggregationQuery_Aggregation_Avg_:
			a.average = true
			a.path, err = parseFieldPath(x.Avg.GetField().GetFieldPath())
		default:
			err = status.Error(codes.InvalidArgument, "An aggregation is of no known kind.")
		}
		if err != nil {
			return nil, err
		}
		out[i] = a
	}
	return out, nil
}

// over computes the aggregation; values that are no numbers are left out of sums and averages.
func (a *aggregation) over(docs []*pb.Document) *pb.Value {
	if a.path == nil {
		n := int64(len(docs))
		if a.upTo > 0 {
			n = min(n, a.upTo)
		}
		return integerValue(n)
	}
	sum, total, n := integerValue(0), 0.0, 0
	for _, d := range docs {
		v := fieldAt(d.GetFields(), a.path)
		if v == nil || typeRank(v) != rankNumber {
			continue
		}
		n++
		total += asFloat(v)
		sum = addExact(sum, v)
	}
	switch {
	case !a.average:
		return sum
	case n == 0:
		return nullValue()
	default:
		return doubleValue(total / float64(n))
	}
}

// addExact adds as a sum aggregation does: where integers would overflow the sum becomes a double.
func addExact(a, b *pb.Value) *pb.Value {
	x, y := a.GetIntegerValue(), b.GetIntegerValue()
	if s := x + y; (s > x) != (y > 0) && y != 0 {
		return doubleValue(asFloat(a) + asFloat(b))
	}
	return addNumbers(a, b)
}
