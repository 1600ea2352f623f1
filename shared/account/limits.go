package account

// Limits are the most that an account may spend through the platform's apps, in millionths of the unit of the currency that each is charged in;
// 0 sets no limit.
type Limits struct {
	DailyMicros   int64 `firestore:"daily,omitempty"`
	MonthlyMicros int64 `firestore:"monthly,omitempty"`
}

// MaxLimit is the highest limit: a thousand million units.
const MaxLimit = 1_000_000_000_000_000

// Allow reports whether a message may be sent that is expected to cost so much, by what was spent today and this month.
func (l Limits) Allow(day, month, next int64) bool {
	return (l.DailyMicros == 0 || day+next <= l.DailyMicros) && (l.MonthlyMicros == 0 || month+next <= l.MonthlyMicros)
}

// Near reports whether four fifths of a limit are spent.
func (l Limits) Near(day, month int64) bool {
	near := func(spent, limit int64) bool { return limit != 0 && spent/4 >= limit/5 }
	return near(day, l.DailyMicros) || near(month, l.MonthlyMicros)
}
