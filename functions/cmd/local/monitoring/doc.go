// Package monitoring holds the tests of what terraform/modules/monitoring watches: the real functions write their log lines, and each
// filter of an alert or a metric is evaluated over them. A filter that no line matches, or that matches a line of a day on which nothing
// is wrong, fails.
package monitoring
