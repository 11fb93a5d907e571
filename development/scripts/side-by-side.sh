# Sourced by what runs several commands at once. What they print comes at the end, so that
# nothing mixes; what runs in the foreground prints as it goes.

printed=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$printed"' EXIT
trap 'exit 130' INT TERM

names=()
ids=()
failed=()

# beside NAME COMMAND [ARGUMENT]...
beside() {
  "${@:2}" >"$printed/$1" 2>&1 &
  names+=("$1")
  ids+=($!)
}

# foremost NAME COMMAND [ARGUMENT]...
foremost() {
  "${@:2}" || failed+=("$1")
}

# Waits for all, prints what they printed, and ends with 1 if anything failed.
finish() {
  local lane
  for lane in "${!ids[@]}"; do
    wait "${ids[lane]}" || failed+=("${names[lane]}")
    printf '\n%s:\n' "${names[lane]}"
    cat "$printed/${names[lane]}"
  done
  if [ ${#failed[@]} -gt 0 ]; then
    printf 'failed: %s\n' "${failed[@]}" >&2
    exit 1
  fi
}
