locals {
  charts = yamldecode(file("${path.module}/dashboard.yaml"))

  # What Google would leave out of its answer, such as an empty list, is left out here too: else every plan would show a change.
  widgets = [for chart in local.charts : {
    title = chart.title
    xyChart = {
      yAxis = { label = chart.axis, scale = "LINEAR" }

      dataSets = [for series in chart.series : {
        plotType   = "LINE"
        targetAxis = "Y1"

        timeSeriesQuery = can(series.query) ? { prometheusQuery = series.query, timeSeriesFilter = null } : {
          prometheusQuery = null

          timeSeriesFilter = {
            filter = join(" AND ", compact([
              "metric.type=\"${series.metric}\"",
              "resource.type=\"${try(series.resource, "cloud_run_revision")}\"",
              try(series.where, ""),
            ]))

            aggregation = {
              alignmentPeriod    = "60s"
              perSeriesAligner   = series.align
              crossSeriesReducer = series.reduce
              groupByFields      = [for field in series.by : replace(field, "/\\.([a-z_]+)$/", ".\"$1\"")]
            }
          }
        }
      }]
    }
  }]
}

resource "google_monitoring_dashboard" "this" {
  project = var.project

  dashboard_json = jsonencode({
    displayName = "WhatsApp notifications"

    gridLayout = {
      columns = "2"

      widgets = [for widget in local.widgets : merge(widget, {
        xyChart = merge(widget.xyChart, {
          dataSets = [for set in widget.xyChart.dataSets : merge(set, { timeSeriesQuery = { for key, value in set.timeSeriesQuery : key => value if value != null } })]
        })
      })]
    }
  })
}
