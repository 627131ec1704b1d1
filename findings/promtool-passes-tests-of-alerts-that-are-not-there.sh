#!/usr/bin/env bash
# promtool of Prometheus 2.42.0 (Debian prometheus 2.42.0+ds-5+deb12u1), test rules and check config.
#
# Behaviour: a unit test of alerts names the alert and says what is expected of it; "nothing" (exp_alerts: []) is right whenever no rule has that name. A
# name mistyped, or a rule that has been renamed since, passes: SUCCESS, status 0. So does a test file whose rule file does not exist at all ("WARNING: no
# file match pattern", and SUCCESS all the same), with any number of such cases in it. check config finds a configuration valid whose pattern of rule
# files matches nothing; only check rules, given the very name, fails. A case with alerts that are expected fails in all of these, as it should.
# Why it matters: half of the cases of an alert say when it must be silent ("not in the first five minutes", "not during a restart"), and these turn into
# tests of nothing with the first renaming, unseen. A folder of rules that was moved costs all alarms, and CI, which asks check config and test rules,
# is green. Each silent case needs one beside it, in the same file and with the same name, that must fire.
# Seen: as printed below. Needs Debian 12.
set -euo pipefail
export LC_ALL=C
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"; chmod 755 "$work"

fetch() { # the named packages and what they need that this machine lacks, unpacked into root/
    local more; more=$(apt-get -s --no-install-recommends install "$@" 2>/dev/null | awk '/^Inst /{print $2}' | grep -vxF "$(printf '%s\n' "$@" | sed 's/=.*//')" || :)
    apt-get download -qq "$@" $more >/dev/null 2>&1 || { echo "cannot fetch: $*"; exit 2; }
    for deb in ./*.deb; do dpkg-deb -x "$deb" root; done; rm -f ./*.deb
}
fetch prometheus=2.42.0+ds-5+deb12u1
cat >rules.yml <<'YAML'
groups:
  - name: accounts
    rules:
      - { alert: LoginsFail, expr: "rate(logins_failed_total[5m]) > 0", for: 5m }
YAML
case_of() { # case_of RULE-FILE ALERT EXPECTED: a test at a time when the alert fires
    printf '%s\n' "rule_files: [$1]" 'evaluation_interval: 1m' 'tests:' '  - interval: 1m' "    input_series: [{ series: logins_failed_total, values: '0+10x60' }]" \
        "    alert_rule_test: [{ eval_time: 30m, alertname: $2, exp_alerts: $3 }]" >test.yml
    root/usr/bin/promtool test rules test.yml >out 2>&1 && printf 'status 0' || printf 'status %s' $?
    grep -q 'no file match pattern' out && printf ', a warning' || :
}
fires='[{ exp_labels: {} }]'
seen="right name, must be silent: $(case_of rules.yml LoginsFail '[]')
right name, must fire: $(case_of rules.yml LoginsFail "$fires")
mistyped name, must be silent: $(case_of rules.yml LoginFails '[]')
mistyped name, must fire: $(case_of rules.yml LoginFails "$fires")
no such rule file, must be silent: $(case_of moved.yml LoginsFail '[]')
no such rule file, must fire: $(case_of moved.yml LoginsFail "$fires")"
echo "rule_files: ['$work/moved/*.yml']" >config.yml
seen+="
check config, pattern without files: $(root/usr/bin/promtool check config config.yml >out 2>&1 && echo "status 0, $(grep -o 'SUCCESS' out)" || echo fails)
check rules, file that is not there: $(root/usr/bin/promtool check rules moved.yml >out 2>&1 && echo status 0 || echo fails)"
echo "$seen"
[ "$seen" = 'right name, must be silent: status 1
right name, must fire: status 0
mistyped name, must be silent: status 0
mistyped name, must fire: status 1
no such rule file, must be silent: status 0, a warning
no such rule file, must fire: status 1, a warning
check config, pattern without files: status 0, SUCCESS
check rules, file that is not there: fails' ] || { echo "changed"; exit 1; }
echo "as stated: what is not there is silent, and passes"
