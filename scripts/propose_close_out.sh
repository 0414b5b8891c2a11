#!/usr/bin/env bash
# Opens a pull request with the close-out of a run. Never pushes to the branch that the run was on.
set -euo pipefail
: "${GH_TOKEN:?}" "${REPOSITORY:?}" "${RUN_ID:?}" "${OUTCOME:?}" "${HEAD_SHA256:?}" "${BASE:?}"

branch="drydock/close-out-$RUN_ID"
git switch --create "$branch"
git add audit-log/trail
git -c user.name='drydock' -c user.email='drydock@users.noreply.github.com' \
  commit --message "Close-out of run $RUN_ID: $OUTCOME"
git push "https://x-access-token:$GH_TOKEN@github.com/$REPOSITORY.git" "$branch"

if ! gh pr create --repo "$REPOSITORY" --base "$BASE" --head "$branch" \
  --title "Close-out of run $RUN_ID: $OUTCOME" \
  --body "The trail's head after this entry is \`$HEAD_SHA256\`. Keep it elsewhere to see a cut-off end."; then
  echo "::error::The pull request was refused. If the answer was 403, allow it under Settings > Actions > General >" \
    "Workflow permissions > Allow GitHub Actions to create and approve pull requests."
  exit 1
fi
