package firestore_test

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	client "cloud.google.com/go/firestore"
	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
)

func aggregation(q client.Query) *client.AggregationQuery { return q.NewAggregationQuery() }

func wantAggregates(t *testing.T, q *client.AggregationQuery, want string) {
	t.Helper()
	res, err := q.Get(testContext(t))
	noError(t, err)
	var got []string
	for _, k := range slices.Sorted(maps.Keys(res)) {
		v := res[k].(*pb.Value)
		var x any
		switch v := v.GetValueType().(type) {
		case *pb.Value_IntegerValue:
			x = v.IntegerValue
		case *pb.Value_DoubleValue:
			x = fmt.Sprintf("%.3g", v.DoubleValue)
		}
		got = append(got, fmt.Sprintf("%s:%v", k, x))
	}
	equal(t, "aggregates", strings.Join(got, " "), want)
}

func aggregationSuite() suite {
	return suite{
		"count_sum_average": aggregates,
		"limits_and_empty":  aggregateLimits,
		"overflow":          aggregateOverflow,
		"missing_fields":    aggregateMissing,
	}
}

func aggregates(e *env) {
	t := e.t
	q := e.numbers(t).Where("even", "==", true)
	wantAggregates(t, aggregation(q).WithCount("c"), "c:10")
	wantAggregates(t, aggregation(q).WithSum("n", "s"), "s:90")
	wantAggregates(t, aggregation(q).WithAvg("n", "a"), "a:9")
	wantAggregates(t, aggregation(q).WithCount("c").WithSum("n", "s").WithAvg("mod", "a"), "a:2 c:10 s:90")
}

func aggregateLimits(e *env) {
	t := e.t
	q := e.numbers(t)
	wantAggregates(t, aggregation(q.Where("n", ">", 3).Limit(5)).WithCount("c").WithSum("n", "s"), "c:5 s:30")
	wantAggregates(t, aggregation(q.Where("n", ">", 100)).WithCount("c").WithSum("n", "s").WithAvg("n", "a"), "a:<nil> c:0 s:0")
}

func aggregateOverflow(e *env) {
	t := e.t
	for i := range 3 {
		set(t, e.col("o").Doc(fmt.Sprint(i)), fields{"v": math.MaxInt64})
	}
	set(t, e.col("f").Doc("1"), fields{"v": 1})
	set(t, e.col("f").Doc("2"), fields{"v": 1.5})
	set(t, e.col("f").Doc("3"), fields{"v": "text"})
	wantAggregates(t, aggregation(e.col("o").Query).WithSum("v", "s"), "s:2.77e+19")
	wantAggregates(t, aggregation(e.col("f").Query).WithSum("v", "s").WithAvg("v", "a"), "a:1.25 s:2.5")
}

func aggregateMissing(e *env) {
	t := e.t
	set(t, e.col("m").Doc("1"), fields{"k": 1, "v": 1})
	set(t, e.col("m").Doc("2"), fields{"k": 1, "v": 2})
	set(t, e.col("m").Doc("3"), fields{"k": 1})
	wantAggregates(t, aggregation(e.col("m").Where("k", "==", 1)).WithCount("c"), "c:3")
	wantAggregates(t, aggregation(e.col("m").Where("k", "==", 1)).WithSum("v", "s"), "s:3")
	wantAggregates(t, aggregation(e.col("m").Where("k", "==", 1)).WithCount("c").WithSum("v", "s"), "c:2 s:3")
}
