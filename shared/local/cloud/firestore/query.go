package firestore

import (
	"fmt"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// query runs p on the state of now and returns its results and the time read at.
func (s *Server) query(p *plan, r consistency) (found results, at *timestamppb.Timestamp, err error) {
	if s.enforce {
		if err = s.catalog.check(p); err != nil {
			return results{}, nil, err
		}
	}

	if err = checkPresent(r); err != nil {
		return results{}, nil, err
	}

	s.ensureIndex(p)
	at = s.read(func(st *state) { found = st.run(p) })

	return found, at, nil
}

// RunQuery returns the documents of a query one by one.
func (v *service) RunQuery(r *pb.RunQueryRequest, stream pb.Firestore_RunQueryServer) error {
	p, err := newPlan(r.GetParent(), r.GetStructuredQuery())
	if err != nil {
		return err
	}

	found, at, err := v.s.query(p, r)
	if err != nil {
		return err
	}

	v.s.charge(stream.Context(), Counts{Reads: int64(max(len(found.docs)+found.skipped, 1))}, func() []string { return recordNames(found.docs) })

	if len(found.docs) == 0 {
		return stream.Send(&pb.RunQueryResponse{ReadTime: at, SkippedResults: int32(found.skipped)}) //nolint:gosec // at most the offset, an int32
	}

	for _, d := range found.docs {
		if err := stream.Send(&pb.RunQueryResponse{Document: d.answer(p.fields), ReadTime: at}); err != nil {
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

	found, at, err := v.s.query(p, r)
	if err != nil {
		return err
	}

	v.s.charge(stream.Context(), Counts{Reads: int64(max((len(found.docs)+found.skipped+999)/1000, 1))}, func() []string { return nil })

	out := &pb.AggregationResult{AggregateFields: map[string]*pb.Value{}}
	for _, a := range as {
		out.AggregateFields[a.alias] = a.over(found.docs)
	}

	return stream.Send(&pb.RunAggregationQueryResponse{Result: out, ReadTime: at})
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
func (a *aggregation) over(docs []record) *pb.Value {
	if a.path == nil {
		n := int64(len(docs))
		if a.upTo > 0 {
			n = min(n, a.upTo)
		}
		return integerValue(n)
	}

	sum, total, n := integerValue(0), 0.0, 0
	for _, d := range docs {
		v := d.at(a.path)
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
