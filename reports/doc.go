// Package reports turns what runs found into files for people and for other
// tools: one self-contained HTML page, JUnit XML, TAP and workflow commands for
// CI servers, summary.json, Markdown for a job summary, and a list of kept runs.
//
// It draws from results, headers and judgements alone and never imports a fake
// or a substrate, so that the report of a saved history can be made again
// years later. It trusts nothing that the system under test said: HTML goes
// through html/template's contextual escaping, XML and JSON through the
// standard library's encoders, Markdown through [mdText] and [mdCode].
package reports
