#!/usr/bin/env bash
# Opens a pull request with the close-out of a run. Never pushes to the branch that the run was on.
set -euo pipefail
: "${GH_TOKEN:?}" "${REPOSITORY:?}" "${RUN_ID:?}" "${OUTCOME:?}" "${HEAD_SHA256:?}" "${BASE:?}"

branch="drydock/close-out-$RUN_ID"
title="Close-out of run $RUN_ID: $OUTCOME"
git switch --create "$branch"
git add audit-log/trail
git -c user.name='drydock' -c user.email='drydock@users.noreply.github.com' commit --message "$title"
git push "https://x-access-token:$GH_TOKEN@github.com/$REPOSITORY.git" "$branch"

# with the status line in the answer, which says what the words of the error may say differently tomorrow
if answer=$(gh api --include --method POST "repos/$REPOSITORY/pulls" -f base="$BASE" -f head="$branch" -f title="$title" \
  -f body="The trail's head after this entry is \`$HEAD_SHA256\`. Keep it elsewhere to see a cut-off end."); then
  exit
fi
printf '%s\n' "$answer" >&2
if [[ ${answer%%$'\n'*} =~ ^HTTP/[0-9.]+\ 403 ]]; then
  echo "::error::GitHub refused the pull request (403). The close-out is in the branch $branch. Give the job" \
    "pull-requests: write, and allow Actions to open pull requests: Settings > Actions > General > Workflow permissions >" \
    "Allow GitHub Actions to create and approve pull requests."
else
  echo "::error::GitHub did not open the pull request. Its answer is above; the close-out is in the branch $branch."
fi
exit 1
